import { resolveImport } from './house.ts';
import { isTest, type Tree } from './tree.ts';

/** Names one file takes from another; `*` stands for all of them. */
type Taken = ReadonlyMap<string, ReadonlySet<string>>;

const BRACES = /\b(?:import|export)\s+(?:type\s+)?\{(?<names>[^}]*)\}\s*from\s*'(?<from>[^']+)'/gu;
const WHOLE = /\bimport\s+\*\s+as\s+\w+\s+from\s*'(?<from>[^']+)'|\bimport\('(?<called>[^']+)'\)/gu;
const DECLARED =
  /^export (?:async )?(?<what>const|let|function\*?|class|type|interface) (?<name>\w+)/gmu;
const RE_EXPORTED = /^export (?:type )?\{(?<names>[^}]*)\}\s*from/gmu;

/**
 * Exports nobody imports. A value that only its own file uses should not be exported, one that nothing uses should not be
 * there, and a doorway lists what others come for. A type may be exported to name what a signature beside it holds.
 */
export function deadExportsIn(tree: Tree): readonly string[] {
  const taken = takenIn(tree);
  return [...tree].flatMap(([path, text]) => {
    if (!path.startsWith('src/') || !path.endsWith('.ts') || isTest(path)) return [];
    const names = taken.get(path) ?? new Set();
    if (names.has('*')) return [];
    return exportsOf(text)
      .filter(({ name, kind }) => !names.has(name) && !(kind === 'type' && uses(text, name)))
      .map(({ name }) => `${path} exports ${name}, which nobody imports`);
  });
}

function takenIn(tree: Tree): Taken {
  const taken = new Map<string, Set<string>>();
  for (const [path, text] of tree) {
    for (const { written, names } of importsIn(text)) {
      const from = resolveImport(path, written);
      if (from === null) continue;
      const known = taken.get(from) ?? new Set();
      taken.set(from, known);
      for (const name of names) known.add(name);
    }
  }
  return taken;
}

function importsIn(text: string) {
  const named = [...text.matchAll(BRACES)].map(({ groups }) => ({
    written: groups?.['from'] ?? '',
    names: namesIn(groups?.['names'], 0),
  }));
  const whole = [...text.matchAll(WHOLE)].map(({ groups }) => ({
    written: groups?.['from'] ?? groups?.['called'] ?? '',
    names: ['*'],
  }));
  return [...named, ...whole];
}

function exportsOf(text: string) {
  const declared = [...text.matchAll(DECLARED)].map(({ groups }) => ({
    name: groups?.['name'] ?? '',
    kind: /type|interface/u.test(groups?.['what'] ?? '') ? 'type' : 'value',
  }));
  const again = [...text.matchAll(RE_EXPORTED)].flatMap(({ groups }) =>
    namesIn(groups?.['names'], 1).map((name) => ({ name, kind: 'value' })),
  );
  return [...declared, ...again];
}

/** Of `a, type b as c`: what they are called at the other end (0) or here (1). */
function namesIn(list: string | undefined, end: 0 | 1): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((one) => one.trim().replace(/^type /u, ''))
    .filter((one) => one !== '')
    .map((one) => one.split(' as ').at(end) ?? one);
}

function uses(text: string, name: string): boolean {
  return [...text.matchAll(new RegExp(`\\b${name}\\b`, 'gu'))].length > 1;
}
