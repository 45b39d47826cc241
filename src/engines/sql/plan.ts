import type { Problem } from '#base/problem';
import type { RuleOf } from './rule.ts';
import type { TableUse } from './tableuse.ts';

/** Who asks and how the session stands; part of the key of any cache of plans. */
export type PlanSession = {
  /** The virtual search_path, `$user` already replaced or dropped; pg_catalog is searched first unless it is listed. */
  readonly searchPath: readonly string[];
  /** Answers current_user and its kin. */
  readonly subjectName: string;
  /** The source system's name as the client gave it; answers current_database(). */
  readonly database: string;
  /** `hardened`: every relation is read through a view in schema privet_policy. `splice`: subqueries in the text. */
  readonly mode: 'hardened' | 'splice';
  /** What row filters stand behind in `splice` mode: a view in pg_temp, or `OFFSET 0` where none can be made (slow). */
  readonly fence: 'temp-view' | 'offset';
  /** Answers SHOW and current_setting() for settings the gateway keeps itself, by lower-case name, such as `privet.project`. */
  readonly settings: Readonly<Record<string, string>>;
};

export type PlanResult =
  | { readonly kind: 'plan'; readonly statements: readonly StatementPlan[] }
  /** Rules of these relations are needed first; plan again with them. */
  | { readonly kind: 'need'; readonly relations: readonly number[] }
  | {
      readonly kind: 'refused';
      readonly problem: Problem;
      readonly sqlState: string;
      readonly statementIndex: number;
      /** 1-based character of the client's text, for the error's position field. */
      readonly position: number | null;
      /** The whole text without literals. */
      readonly normalized: string;
      readonly fingerprint: string;
    }
  /** The parser itself failed: nothing was planned and the worker that ran it must be replaced. */
  | { readonly kind: 'broken'; readonly problem: Problem };

/** One statement, ready to run. `text` goes upstream when `answer` is `upstream`, and never otherwise. */
export type StatementPlan = StatementAction & {
  readonly answer: 'upstream' | 'gateway';
  /** Fully qualified text; the upstream search_path is pg_catalog alone. */
  readonly text: string;
  /** Columns of the result in order; empty when there is none, or when another statement's plan says (execute, fetch). */
  readonly output: readonly OutputColumn[];
  /** Origins that only the `stream` columns of `output` may carry in a RowDescription; any other column that does means abort. */
  readonly guards: readonly Origin[];
  readonly barriers: readonly Barrier[];
  /** OIDs of the relations the statement names, roots for partitions. */
  readonly relations: readonly number[];
  /** Whether some mask, filter, hidden column or filtered catalog took part: errors are then redacted and the answer logged as governed. */
  readonly governed: boolean;
  /** Settings the statement changes when it succeeds, beside `setting` of SET: those of set_config(). */
  readonly sets: readonly SettingChange[];
  /** 16 hex digits: equal shape, equal fingerprint. */
  readonly fingerprint: string;
  /** The text with literals and comments taken out. */
  readonly normalized: string;
  /** Parameters `$1 … $n` the text uses: the highest number. */
  readonly parameters: number;
  /** What the statement reads, where the catalog has levels. */
  readonly use?: TableUse;
};

export type OutputColumn = {
  readonly name: string;
  /** Digest of the mask to apply to the cells on the way out, or null. */
  readonly stream: string | null;
  /** Where RowDescription must say a `stream` column comes from; null when PostgreSQL reports no origin for it. */
  readonly origin: Origin | null;
};

export type Origin =
  | { readonly kind: 'relation'; readonly relation: number; readonly attnum: number }
  /** Column `attnum` of the barrier view of that name. */
  | { readonly kind: 'barrier'; readonly name: string; readonly attnum: number };

/** A view the statement reads from. Names are content-addressed: a view that exists under the name is the right one. */
export type Barrier = {
  /** `v_` and 40 hex digits. */
  readonly name: string;
  readonly schema: 'privet_policy' | 'pg_temp';
  /** The view's SELECT. */
  readonly definition: string;
  /** The whole CREATE VIEW statement. */
  readonly create: string;
  readonly relation: number;
};

export type StatementAction =
  | { readonly kind: 'query' }
  | { readonly kind: 'copy-out'; readonly copy: CopyFormat }
  | { readonly kind: 'explain' }
  | { readonly kind: 'lock' }
  | { readonly kind: 'set'; readonly setting: SettingChange }
  | { readonly kind: 'reset'; readonly name: string | null }
  | { readonly kind: 'show'; readonly name: string; readonly value: string | null }
  | {
      readonly kind: 'transaction';
      readonly act:
        | 'begin'
        | 'commit'
        | 'rollback'
        | 'savepoint'
        | 'release'
        | 'rollback-to'
        | 'set';
      readonly name: string | null;
      readonly chain: boolean;
      readonly readOnly: boolean;
    }
  | { readonly kind: 'prepare'; readonly name: string; readonly statement: StatementPlan }
  | { readonly kind: 'execute'; readonly name: string }
  | { readonly kind: 'deallocate'; readonly name: string | null }
  | {
      readonly kind: 'declare';
      readonly name: string;
      readonly hold: boolean;
      readonly binary: boolean;
    }
  | { readonly kind: 'fetch'; readonly name: string; readonly move: boolean }
  | { readonly kind: 'close'; readonly name: string | null }
  | { readonly kind: 'discard'; readonly target: 'all' | 'plans' | 'sequences' | 'temp' }
  | { readonly kind: 'empty' };

/** `scope` is `local` for SET LOCAL: back to the old value at the end of the transaction. `value` null means the default. */
export type SettingChange = {
  readonly name: string;
  readonly value: string | null;
  readonly scope: 'session' | 'local';
};

/** How COPY … TO STDOUT writes rows (PostgreSQL manual, COPY, file formats); one-byte texts except `null`. */
export type CopyFormat = {
  readonly format: 'text' | 'csv' | 'binary';
  readonly delimiter: string;
  readonly null: string;
  readonly header: boolean;
  readonly quote: string;
  readonly escape: string;
  /** Columns quoted even when they need not be (CSV), `*` for all. */
  readonly forceQuote: readonly string[];
};

export type Planner = {
  /** Plans every statement of a text, or none. Never throws for what a client can write. */
  plan(sqlText: string, session: PlanSession, rules: RuleOf): PlanResult;
};
