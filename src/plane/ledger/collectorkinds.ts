import { shapes } from '#boundary';
import { head } from './leafhead.ts';

const { count, id, list, name, nameLike, nullable, oneOf, record, sha256Hex } = shapes;

const warehouse = () => nameLike(/^[a-z][a-z0-9_-]{0,62}$/u, 63);
const monitor = () => nameLike(/^[a-z][a-z0-9-]{0,62}$/u, 63);
const nameMax = 256;

/** Leaves of plane/collector. */
export const collectorKinds = {
  'warehouse-registered': record({
    ...head,
    warehouse: warehouse(),
    engine: oneOf('postgresql', 'duckdb'),
    mode: oneOf('push', 'pull'),
    /** SHA-256 of where it is: a change shows, the place does not. */
    endpoint: sha256Hex(),
  }),
  'warehouse-forgotten': record({ ...head, warehouse: warehouse() }),
  /** A role could reach more than it should, and was not used. */
  'warehouse-refused': record({
    ...head,
    warehouse: warehouse(),
    use: oneOf('collect', 'read', 'elementary'),
    beyond: count(),
    digest: sha256Hex(),
  }),
  'monitors-applied': record({
    ...head,
    /** The first of them; `count` says how many there were. */
    applied: list(monitor(), 200),
    removed: list(monitor(), 200),
    count: count(),
  }),
  /** A run's results went into the outbox. */
  'results-told': record({
    ...head,
    warehouse: warehouse(),
    run: nullable(nameLike(/^run_[0-9a-hjkmnp-tv-z]{26}$/u, 40)),
    facts: count(),
    /** SHA-256 over the facts as they are sent, in order. */
    digest: sha256Hex(),
  }),
  'artifacts-loaded': record({
    ...head,
    warehouse: warehouse(),
    artifact: oneOf('manifest', 'run-results', 'catalog', 'sources'),
    /** SHA-256 of the file as it came. */
    digest: sha256Hex(),
    bytes: count(),
    facts: count(),
  }),
  /** Somebody saw rows that failed a test, as policy shows them to this person. */
  'samples-shown': record({
    ...head,
    warehouse: warehouse(),
    source: id('src'),
    result: sha256Hex(),
    decision: nameLike(/^dec_[A-Za-z0-9_-]{8,70}$/u, 80),
    bundleSerial: count(),
    rows: count(),
    columns: list(record({ name: name(nameMax), show: oneOf('clear', 'hidden', 'mask') }), 1_664),
  }),
  'samples-refused': record({
    ...head,
    warehouse: nullable(warehouse()),
    result: sha256Hex(),
    code: nameLike(/^[a-z][a-z-]{0,40}$/u, 41),
    bundleSerial: count(),
  }),
} as const;
