/** The environment `up` was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables every process needs, and none that carries a secret. */
const ALWAYS = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TZ',
  'LANG',
  'NODE_EXTRA_CA_CERTS',
  'NODE_COMPILE_CACHE',
];

/** The command line's own: where control is, for whoever works in the same shell. */
const COMMAND_LINE = 'PRIVET_CONTROL_URL';

/**
 * Variables for other programs of the same shell. `up` chooses its databases and addresses itself: what tells `psql`, every client
 * of PostgreSQL or the command line where to go must not lead it elsewhere.
 */
export function othersVariables(given: Environment): readonly string[] {
  return Object.keys(given).filter((name) => name.startsWith('PG') || name === COMMAND_LINE);
}

/**
 * The environment of a child: what every process needs, the settings meant for it, and ours under those, so that a person
 * can overrule what `up` chooses. Control is never shown what is meant for the plane, nor the plane what is for control.
 */
export function environmentFor(
  child: 'control' | 'plane',
  given: Environment,
  ours: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const forControl = (name: string) => name.startsWith('PRIVET_CONTROL_');
  const meant = (name: string) =>
    ALWAYS.includes(name) ||
    (name.startsWith('PRIVET_') &&
      !name.startsWith('PRIVET_UP_') &&
      forControl(name) === (child === 'control'));
  const passed = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && meant(entry[0]),
  );
  return { ...ours, ...Object.fromEntries(passed) };
}
