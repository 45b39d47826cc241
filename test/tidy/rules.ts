import { deadExportsIn } from './deadexports.ts';
import { importsOf, isTest, type Tree } from './tree.ts';
import { resolveImport, roomOf, trespass } from './house.ts';

/** A rule of the house: reads a tree, names every offender with its reason. */
export type Rule = (tree: Tree) => readonly string[];

const FILE_LINES_MAX = 500;
const TEST_LINES_MAX = 800;
const DOORWAY_LINES_MAX = 50;
const VAGUE = /(?:^|\/)(?:utils?|helpers?|types|common|misc|manager)(?:\.test)?\.ts$/u;

const FOR_TESTS =
  /testcluster|testgateway|testkeys|testoperator|testvault|testservices|testconformance|testrawclient|\/transcript\//u;

/** What pure code may not reach, and the two exceptions of the design. */
const IMPURE = /^(?:node:|pg$|pg-|fastify|@fastify|undici|pino|prom-client|kysely|graphile)/u;
const PURE_MODULES = new Set(['node:assert']);
const IMPURE_CALLS =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\.|setTimeout\(|setInterval\(|fetch\()/u;

type Edge = { readonly from: string; readonly written: string; readonly to: string | null };

function edges(tree: Tree): readonly Edge[] {
  return [...tree]
    .filter(([path]) => path.endsWith('.ts'))
    .flatMap(([from, text]) =>
      importsOf(text).map((written) => ({ from, written, to: resolveImport(from, written) })),
    );
}

const sources = (tree: Tree) =>
  [...tree].filter(([path]) => path.startsWith('src/') && path.endsWith('.ts'));

export const layers: Rule = (tree) =>
  edges(tree).flatMap(({ from, to }) => {
    const [here, there] = [roomOf(from), to === null ? null : roomOf(to)];
    if (here === null || there === null || from.endsWith('.test.ts')) return [];
    const reason = trespass(here, there);
    return reason === null ? [] : [`${from} imports ${to}: ${reason}`];
  });

/** Follows every import there is: nothing the control plane runs can reach code that could touch data or keys. */
export const controlNeverReachesPlane: Rule = (tree) => {
  const next = Map.groupBy(edges(tree), (edge) => edge.from);
  const offenders: string[] = [];
  for (const [start] of sources(tree)) {
    if (!start.startsWith('src/control/') && !start.startsWith('src/programs/control/')) continue;
    const seen = new Set([start]);
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at.startsWith('src/plane/')) offenders.push(`${start} reaches ${at}`);
      for (const { to } of next.get(at) ?? []) {
        if (to !== null && !seen.has(to)) {
          seen.add(to);
          open.push(to);
        }
      }
    }
  }
  return offenders;
};

export const doorways: Rule = (tree) =>
  edges(tree).flatMap(({ from, written, to }) => {
    const [here, there] = [roomOf(from), to === null ? null : roomOf(to)];
    if (here === null || there === null) return [];
    const same = here.layer === there.layer && here.part === there.part;
    if (same && written.startsWith('#') && here.layer !== 'base' && !from.endsWith('.test.ts'))
      return [`${from} imports its own doorway`];
    if (!same && written.startsWith('.')) {
      if (here.layer === 'programs' && there.layer === 'programs') return [];
      const sister = here.layer === 'base' && there.layer === 'base';
      return sister ? [] : [`${from} enters ${to} past its doorway`];
    }
    return [];
  });

export const doorwaysAreDoors: Rule = (tree) =>
  sources(tree)
    .filter(([path]) => path.endsWith('/mod.ts'))
    .flatMap(([path, text]) => {
      const found: string[] = [];
      if (!text.startsWith('/**')) found.push(`${path} has no paragraph at its head`);
      if (/export \*/u.test(text)) found.push(`${path} re-exports without naming`);
      if (text.split('\n').length > DOORWAY_LINES_MAX)
        found.push(`${path} is longer than ${DOORWAY_LINES_MAX} lines`);
      return found;
    });

export const purity: Rule = (tree) =>
  sources(tree)
    .filter(([path]) => /^src\/(?:base|engines|boundary)\//u.test(path) && !isTest(path))
    .flatMap(([path, text]) => {
      const calls = IMPURE_CALLS.exec(withoutComments(text));
      const modules = importsOf(text).filter(
        (name) =>
          IMPURE.test(name) &&
          !PURE_MODULES.has(name) &&
          !(/^src\/engines\/(?:crypto|merkle)\//u.test(path) && name === 'node:crypto'),
      );
      return [
        ...modules.map((name) => `${path} is pure but imports ${name}`),
        ...(calls === null ? [] : [`${path} is pure but calls ${calls[0]}`]),
      ];
    });

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/gu, '');
}

/** What opens connections: only plane/egress may name it in what the plane runs. Types and servers are no way out. */
const WAYS_OUT =
  /^(?:node:(?:http2?|https|dgram|dns(?:\/promises)?)|undici|pg|pg-pool|ws|ssh2|@aws-sdk\/.*)$/u;
const CONNECTS = new Set(['connect', 'createConnection', 'Socket']);
const CALLS_OUT = /(?:await |return |=>? |globalThis\.)fetch\(|new (?:WebSocket|EventSource)\(/u;

/** Nothing the plane runs connects anywhere but through its egress, which needs a rule and leaves a leaf. */
export const oneWayOut: Rule = (tree) =>
  sources(tree)
    .filter(
      ([path]) =>
        /^src\/(?:plane|programs\/plane)\//u.test(path) &&
        !path.startsWith('src/plane/egress/') &&
        !isTest(path) &&
        !FOR_TESTS.test(path),
    )
    .flatMap(([path, text]) => {
      const bare = withoutComments(text);
      const named = [...bare.matchAll(IMPORT)].flatMap(({ groups }) => {
        const { names = '', from = '' } = groups ?? {};
        if (WAYS_OUT.test(from)) return [from];
        const connecting = /^node:(?:net|tls)$/u.test(from) ? namesIn(names) : [];
        return connecting.some((name) => CONNECTS.has(name)) ? [from] : [];
      });
      const called = CALLS_OUT.exec(bare);
      const dynamic = importsOf(bare).filter(
        (name) => WAYS_OUT.test(name) && bare.includes(`import('${name}')`),
      );
      return [...named, ...dynamic, ...(called === null ? [] : [called[0]])].map(
        (way) => `${path} reaches out by ${way} past plane/egress`,
      );
    });

const IMPORT = /import (?<names>(?!type )[^;]*?) from '(?<from>[^']+)'/gu;

/** Names that an import clause brings as values. */
function namesIn(clause: string): readonly string[] {
  return clause
    .replaceAll(/[{}]/gu, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !name.startsWith('type '))
    .map((name) => name.split(' ')[0] ?? '');
}

export const noCycles: Rule = (tree) => {
  const next = Map.groupBy(edges(tree), (edge) => edge.from);
  const state = new Map<string, 'open' | 'done'>();
  const offenders: string[] = [];
  const visit = (at: string, path: readonly string[]): void => {
    if (state.get(at) === 'done') return;
    if (state.get(at) === 'open') {
      offenders.push([...path.slice(path.indexOf(at)), at].join(' → '));
      return;
    }
    state.set(at, 'open');
    for (const { to } of next.get(at) ?? [])
      if (to !== null && tree.has(to)) visit(to, [...path, at]);
    state.set(at, 'done');
  };
  for (const [path] of sources(tree)) visit(path, []);
  return offenders;
};

export const fileSizes: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (!path.endsWith('.ts') || path.includes('/generated/')) return [];
    const [lines, max] = [text.split('\n').length, isTest(path) ? TEST_LINES_MAX : FILE_LINES_MAX];
    return lines > max ? [`${path} has ${lines} lines, limit ${max}`] : [];
  });

/** A file that nothing imports and that is no program, test or doorway is dead. */
export const deadFiles: Rule = (tree) => {
  const reached = new Set(edges(tree).map((edge) => edge.to));
  return sources(tree)
    .map(([path]) => path)
    .filter((path) => !isTest(path) && !path.startsWith('src/programs/') && !reached.has(path))
    .map((path) => `${path} is imported by nothing`);
};

/** Parts that are not held to `deadExports` yet; none may be added. */
const NOT_YET = /^src\/(?:engines\/(?:pgwire|sql)|plane\/gateway)\//u;

/** An export that nobody imports is dead, or should not be one. */
export const deadExports: Rule = (tree) => deadExportsIn(tree).filter((one) => !NOT_YET.test(one));

export const names: Rule = (tree) =>
  [...tree.keys()]
    .filter((path) => VAGUE.test(path))
    .map((path) => `${path} is named after no noun`);

export const dialect: Rule = (tree) =>
  sources(tree).flatMap(([path, text]) => {
    const code = withoutComments(text);
    const found: string[] = [];
    if (/^\s*(?:export\s+)?(?:const\s+)?enum\s/mu.test(code))
      found.push(`${path} declares an enum`);
    if (/^export default/mu.test(code)) found.push(`${path} has a default export`);
    if (/\b(?:TODO|FIXME|XXX)\b/u.test(text)) found.push(`${path} leaves a marker`);
    return found;
  });

/** What exists for tests alone (clusters, gateways, capture) is imported by tests alone. */
export const testsOnly: Rule = (tree) =>
  edges(tree).flatMap(({ from, to }) => {
    if (to === null || !FOR_TESTS.test(to) || isTest(from) || FOR_TESTS.test(from)) return [];
    return [`${from} imports ${to}, which is for tests`];
  });

/**
 * Only the broker, which writes the leaf first, asks a key service for a data key of a plane. Control has no such keys: what it
 * seals are secrets of its own (alert channels), under a key of its own.
 */
export const onlyTheBrokerUnwraps: Rule = (tree) =>
  sources(tree)
    .filter(
      ([path]) =>
        path !== 'src/plane/keys/broker.ts' &&
        // the log's own key comes before the log that would tell of it
        path !== 'src/plane/ledger/logkey.ts' &&
        path !== 'src/control/observe/seal.ts' &&
        // The signing key of the log, in a context of its own: the broker waits for what that key signs.
        path !== 'src/plane/ledger/logkey.ts' &&
        !path.startsWith('src/platform/kms/') &&
        !isTest(path) &&
        !FOR_TESTS.test(path),
    )
    .flatMap(([path, text]) => {
      const direct =
        /\b(?!broker\b)\w+\??\.unwrap\b|\[['"]unwrap['"]\]|\{[^}]*\bunwrap\b[^}]*\} =/u.exec(
          withoutComments(text),
        );
      return direct === null ? [] : [`${path} unwraps by itself: ${direct[0]}`];
    });

/** No program takes another's code in: it starts it as a process. */
export const programsApart: Rule = (tree) =>
  [...tree].flatMap(([from, text]) => {
    const here = roomOf(from);
    if (here?.layer !== 'programs' || isTest(from)) return [];
    return importsOf(withoutUrls(text)).flatMap((written) => {
      const to = resolveImport(from, written);
      const there = to === null ? null : roomOf(to);
      const apart = there?.layer === 'programs' && there.part !== here.part;
      return apart ? [`${from} imports the program ${there.part}`] : [];
    });
  });

function withoutUrls(text: string): string {
  return text.replaceAll(/new URL\([^)]*\)/gu, '');
}

/** Migrations run in the order of their numbers, each once: two of one number would be one. */
export const migrationNumbers: Rule = (tree) => {
  const numbered = [...tree.keys()].flatMap((path) => {
    const place = /^(?<folder>.*\/migrations)\/(?<number>\d+)-[^/]*\.sql$/u.exec(path)?.groups;
    return place === undefined
      ? []
      : [{ path, of: `${place['folder']} ${Number(place['number'])}` }];
  });
  return [...Map.groupBy(numbered, ({ of }) => of).values()]
    .filter(({ length }) => length > 1)
    .map((same) => `${same.map(({ path }) => path).join(' and ')} have one number`);
};

/** Rooms that exist must be rooms of the house. */
export const rooms: Rule = (tree) =>
  sources(tree)
    .filter(([path]) => roomOf(path) === null)
    .map(([path]) => `${path} is in no room`);
