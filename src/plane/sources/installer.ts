import { Problem } from '#base/problem';
import type { Barrier } from '#engines/sql';
import { databaseProblem, transaction } from '#platform/db';
import {
  dropBarriers,
  forgetBarriers,
  installBarriers,
  touchBarriers,
  unusedBarriers,
} from './barrier.ts';
import { withSource } from './connect.ts';
import { named, registeredCredentials } from './context.ts';
import type { SourcesSettings } from './context.ts';
import type { Directory } from './directory.ts';
import { BARRIER_TOUCH_MS, BARRIER_UNUSED_MS_MAX } from './limits.ts';
import type { SystemRow } from './systemtable.ts';
import type { Turnstile } from './turnstile.ts';

export type Installer = {
  /** Makes sure that the views stand in a hardened system, and gives their OIDs by name. */
  install(name: string, barriers: readonly Barrier[]): Promise<ReadonlyMap<string, number>>;
  /** Drops views of a system that nobody asked for in a week; gives their names. */
  collect(name: string): Promise<readonly string[]>;
};

type Standing = { readonly oid: number; touchedAtMs: number };
type Shelf = {
  readonly generation: number;
  readonly systemId: string;
  readonly views: Map<string, Standing>;
};

/** Remembers which views stand, so that a session asks the source only about new ones. */
export function createInstaller(
  settings: SourcesSettings,
  directory: Directory,
  turnstile: Turnstile,
): Installer {
  const shelves = new Map<string, Shelf>();

  function viewsOf(system: SystemRow): Shelf['views'] {
    const generation = directory.generation(system.name);
    const held = shelves.get(system.name);
    if (held?.generation === generation && held.systemId === system.id) return held.views;
    const views = new Map<string, Standing>();
    shelves.set(system.name, { generation, systemId: system.id, views });
    return views;
  }

  async function ensure(system: SystemRow, barriers: readonly Barrier[]): Promise<void> {
    const missing = () => barriers.filter((barrier) => !viewsOf(system).has(barrier.name));
    if (missing().length > 0) {
      await turnstile(`${system.name} barriers`, async () => {
        const standing = await make(settings, system, missing());
        for (const [name, view] of standing) viewsOf(system).set(name, view);
      });
    }
    const asked = barriers.flatMap(({ name }) => {
      const view = viewsOf(system).get(name);
      return view === undefined ? [] : [[name, view] as const];
    });
    await touch(settings, system, asked);
  }

  return {
    async install(name, barriers) {
      const system = await hardened(directory, name);
      await ensure(system, barriers).catch(asProblem);
      const views = viewsOf(system);
      return new Map(
        barriers.flatMap((barrier) => {
          const view = views.get(barrier.name);
          return view === undefined ? [] : [[barrier.name, view.oid] as const];
        }),
      );
    },
    async collect(name) {
      const system = await directory.row(name);
      if (system?.mode !== 'hardened') return [];
      return turnstile(`${name} barriers`, async () => {
        const names = await collectUnused(settings, system).catch(asProblem);
        if (names.length > 0) shelves.delete(name);
        return names;
      });
    },
  };
}

/** Makes the views at the source and writes that down; gives what stands. */
async function make(
  settings: SourcesSettings,
  system: SystemRow,
  missing: readonly Barrier[],
): Promise<ReadonlyMap<string, Standing>> {
  const role = system.gateRole;
  if (missing.length === 0 || role === null) return new Map();
  const credentials = await registeredCredentials(settings, system);
  const oids = await withSource(settings.egress, credentials, (client) =>
    installBarriers(client, missing, role),
  );
  const names = [...oids.keys()];
  const nowMs = settings.clock();
  await transaction(settings.pool, async (tx) => {
    await touchBarriers(tx, system.id, { names, nowMs });
    await settings.ledger.append(tx, {
      kind: 'barriers-installed',
      actor: { kind: 'plane' },
      system: named(system),
      names,
    });
  });
  return new Map([...oids].map(([name, oid]) => [name, { oid, touchedAtMs: nowMs }]));
}

/** Remembers the use of views, each at most once an hour. */
async function touch(
  settings: SourcesSettings,
  system: SystemRow,
  asked: readonly (readonly [name: string, view: Standing])[],
): Promise<void> {
  const nowMs = settings.clock();
  const due = asked.filter(([, view]) => nowMs - view.touchedAtMs >= BARRIER_TOUCH_MS);
  if (due.length === 0) return;
  for (const [, view] of due) view.touchedAtMs = nowMs;
  await touchBarriers(settings.pool, system.id, { names: due.map(([name]) => name), nowMs });
}

async function collectUnused(
  settings: SourcesSettings,
  system: SystemRow,
): Promise<readonly string[]> {
  const since = settings.clock() - BARRIER_UNUSED_MS_MAX;
  const unused = await unusedBarriers(settings.pool, system.id, since);
  if (unused.length === 0) return [];
  const credentials = await registeredCredentials(settings, system);
  const names = await withSource(settings.egress, credentials, (client) =>
    dropBarriers(client, unused),
  );
  await transaction(settings.pool, async (tx) => {
    await forgetBarriers(tx, system.id, names);
    await settings.ledger.append(tx, {
      kind: 'barriers-collected',
      actor: { kind: 'plane' },
      system: named(system),
      names,
    });
  });
  return names;
}

async function hardened(directory: Directory, name: string): Promise<SystemRow> {
  const system = await directory.row(name);
  if (system?.mode === 'hardened') return system;
  throw new Problem('conflict', `\`${name}\` is not hardened`, {
    hint: 'it was unhardened a moment ago: connect again',
  });
}

function asProblem(thrown: unknown): never {
  throw databaseProblem(thrown);
}
