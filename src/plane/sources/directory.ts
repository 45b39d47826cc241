import { problemFrom } from '#base/problem';
import type { Catalog } from '#engines/sql';
import { databaseProblem } from '#platform/db';
import type { SourcesSettings } from './context.ts';
import { faultOf } from './fault.ts';
import type { Fault } from './fault.ts';
import { ROW_MS_MAX } from './limits.ts';
import { keepLook, lookAt } from './refresh.ts';
import type { Look } from './refresh.ts';
import { listSystems } from './systemtable.ts';
import type { Mode, SystemRow } from './systemtable.ts';
import type { Turnstile } from './turnstile.ts';

/** A registered system as it stands now, with its newest catalog. */
export type SourceSystem = {
  readonly id: SystemRow['id'];
  readonly name: string;
  readonly mode: Mode;
  readonly catalog: Catalog;
};

/** What this process knows of systems: rows for a second, catalogs until a pulse changes. */
export type Directory = {
  /** The row of a system, or undefined when there is none of that name. */
  row(name: string): Promise<SystemRow | undefined>;
  /** The system with its newest catalog; reads the catalog on first use. */
  system(name: string): Promise<SourceSystem | undefined>;
  /** Looks at a system; `force` looks even when its pulse is the same. Throws the source's fault. */
  refresh(name: string, force: boolean): Promise<void>;
  /** Forgets what is known of a system, so that the next question reads it anew. */
  forget(name: string): void;
  /** How the last look at a system went. */
  health(name: string): Fault | 'ok' | 'unknown';
  /** Goes up whenever a new catalog was read: what was derived from the old one is void. */
  generation(name: string): number;
};

/** What is known of one system. */
type Known = {
  row: SystemRow;
  rowAtMs: number;
  look: Look | null;
  generation: number;
  health: Fault | 'ok' | 'unknown';
};

type Shelf = {
  /** What is known of a system, its row not older than a second; undefined when there is no such system. */
  get(name: string): Promise<Known | undefined>;
  /** The same without asking the database. */
  peek(name: string): Known | undefined;
  /** Puts a new look in place of the old one; the row is read again on the next use. */
  renew(known: Known, look: Look): void;
  forget(name: string): void;
};

export function createDirectory(settings: SourcesSettings, turnstile: Turnstile): Directory {
  const shelf = createShelf(settings);

  async function see(name: string, force: boolean): Promise<void> {
    const known = await shelf.get(name);
    if (known === undefined) return;
    try {
      const pulse = force ? null : (known.look?.pulse ?? null);
      const sight = await lookAt(settings, known.row, pulse);
      if (sight.kind === 'seen') {
        await keepLook(settings, { system: known.row, look: sight.look }, { kind: 'plane' });
        shelf.renew(known, sight.look);
      }
      noteHealth(settings, known, 'ok');
    } catch (thrown) {
      noteHealth(settings, known, faultOf(thrown));
      throw problemFrom(thrown);
    }
  }

  /** Several sessions that come first at once look once. */
  async function firstLook(name: string): Promise<void> {
    await turnstile(name, async () => {
      if (shelf.peek(name)?.look == null) await see(name, true);
    });
  }

  return {
    row: async (name) => (await shelf.get(name))?.row,
    async system(name) {
      const known = await shelf.get(name);
      if (known === undefined) return undefined;
      if (known.look === null) await firstLook(name);
      const { row, look } = shelf.peek(name) ?? known;
      if (look === null) return undefined;
      return { id: row.id, name, mode: row.mode, catalog: look.survey.catalog };
    },
    refresh: (name, force) => turnstile(name, () => see(name, force)),
    forget: (name) => shelf.forget(name),
    health: (name) => shelf.peek(name)?.health ?? 'unknown',
    generation: (name) => shelf.peek(name)?.generation ?? 0,
  };
}

function createShelf(settings: SourcesSettings): Shelf {
  const all = new Map<string, Known>();
  let generations = 0;

  function put(row: SystemRow): Known {
    const held = all.get(row.name);
    const rowAtMs = settings.clock();
    if (held === undefined || held.row.id !== row.id) {
      generations += 1;
      const fresh: Known = { row, rowAtMs, look: null, generation: generations, health: 'unknown' };
      all.set(row.name, fresh);
      return fresh;
    }
    // Another process saw another dictionary: ours is read again on the next use.
    if (held.look !== null && held.look.digest !== row.digest) held.look = null;
    held.row = row;
    held.rowAtMs = rowAtMs;
    return held;
  }

  return {
    async get(name) {
      const held = all.get(name);
      const ageMs = settings.clock() - (held?.rowAtMs ?? 0);
      if (held !== undefined && ageMs >= 0 && ageMs < ROW_MS_MAX) return held;
      const [row] = await listSystems(settings.pool, name).catch((thrown: unknown) => {
        throw databaseProblem(thrown);
      });
      if (row !== undefined) return put(row);
      all.delete(name);
      return undefined;
    },
    peek: (name) => all.get(name),
    renew(known, look) {
      generations += 1;
      known.look = look;
      known.generation = generations;
      known.rowAtMs = Number.NEGATIVE_INFINITY;
    },
    forget: (name) => void all.delete(name),
  };
}

/** Tells control when the health of a system changes. */
function noteHealth(settings: SourcesSettings, known: Known, health: Fault | 'ok'): void {
  if (known.health === health) return;
  known.health = health;
  settings.border.tell({
    kind: 'health',
    timeMs: settings.clock(),
    component: 'source',
    system: known.row.id,
    state: health === 'ok' ? 'ok' : 'down',
    code: health,
  });
}
