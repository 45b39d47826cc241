import { unreachable } from '#base/assert';
import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import type { Span } from '#base/problem';
import { TAG_DEPTH_MAX } from '#base/limits';
import { API_VERSION } from './document.ts';
import type { AuthoredDocument } from './document.ts';
import type { DocumentKind, PrivetDocument } from './privetdocument.ts';
import { depthOf } from './hierarchy.ts';
import { jsonOfNode, nodeOfJson } from './node.ts';
import type { Node } from './node.ts';
import { readData, readSubscription } from './readpolicy.ts';
import type { Head } from './readpolicy.ts';
import { readProject, readPurpose } from './readproject.ts';
import { Reader } from './reader.ts';
import type { Fields, FragmentMention, Mention } from './reader.ts';
import { readTest } from './readtest.ts';
import { readVaultPolicy } from './readvault.ts';
import { readYaml } from './yamltext.ts';

/** A document with where it came from and what it names. */
export type Authored = {
  readonly document: PrivetDocument;
  /** The document as its author wrote it, in JSON: the form that is stored and sent. */
  readonly json: AuthoredDocument;
  readonly text: string;
  readonly where: Span;
  readonly mentions: readonly Mention[];
  readonly fragments: readonly FragmentMention[];
};

export type DocumentsReading = {
  readonly documents: readonly Authored[];
  readonly problems: readonly Problem[];
};

const COMMON = ['apiVersion', 'kind', 'name', 'description'];
const KEYS: Readonly<Record<DocumentKind, readonly string[]>> = {
  SubscriptionPolicy: [...COMMON, 'state', 'target', 'combine', 'allow'],
  DataPolicy: [...COMMON, 'state', 'target', 'mask', 'rows'],
  VaultPolicy: [...COMMON, 'state', 'vault', 'roles', 'for', 'rules', 'reveal', 'bindings'],
  Purpose: [...COMMON, 'statement'],
  Project: [...COMMON, 'state', 'sources', 'purposes', 'maskedJoins'],
  PolicyTest: [...COMMON, 'cases'],
};
const KINDS = Object.keys(KEYS) as readonly DocumentKind[];
const PLAIN_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;
const PURPOSE_NAME = /^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/u;

/**
 * The documents of a YAML text and every problem in it, each with its place; a document with a problem is left out, so
 * a set is only fit for use when there are no problems.
 */
export function parseDocuments(text: string, file: string | null = null): DocumentsReading {
  const yaml = readYaml(text, file);
  const problems = [...yaml.problems];
  const documents: Authored[] = [];
  for (const { node, text: own } of yaml.documents) {
    const reader = new Reader();
    const document = readDocument(reader, node);
    if (document?.kind === 'VaultPolicy' && document.bindings !== null) {
      reader.fail(node.where, '`bindings` are not written: they come when the policy is applied');
    }
    problems.push(...reader.problems);
    if (document === null || reader.problems.length > 0) continue;
    const { mentions, fragments } = reader;
    documents.push({
      document,
      json: jsonOfNode(node) as AuthoredDocument,
      text: own,
      where: node.where,
      mentions,
      fragments,
    });
  }
  return { documents, problems: problems.toSorted(byPlace) };
}

function byPlace(left: Problem, right: Problem): number {
  const [a, b] = [left.where ?? NOWHERE, right.where ?? NOWHERE];
  return a.line - b.line || a.column - b.column;
}

const NOWHERE: Span = { line: 0, column: 0 };

/** The document a JSON value stands for (`Authored.json`); throws `invalid` with the first problem. */
export function documentFrom(json: Json): PrivetDocument {
  const reader = new Reader();
  const document = readDocument(reader, nodeOfJson(json));
  const [first] = reader.problems;
  if (first !== undefined) throw first;
  if (document === null) throw new Problem('invalid', 'expected a policy document');
  return document;
}

function readDocument(reader: Reader, node: Node): PrivetDocument | null {
  const kind = readKind(reader, node);
  if (kind === null) return null;
  const fields = reader.map(node, kind, KEYS[kind]);
  if (fields === null) return null;
  const body = { reader, fields, head: readHead(reader, fields, kind) };
  switch (kind) {
    case 'SubscriptionPolicy':
      return readSubscription(body);
    case 'DataPolicy':
      return readData(body);
    case 'VaultPolicy':
      return readVaultPolicy(body);
    case 'Purpose':
      return readPurpose(body);
    case 'Project':
      return readProject(body);
    case 'PolicyTest':
      return readTest(body);
    default:
      return unreachable(kind);
  }
}

function readKind(reader: Reader, node: Node): DocumentKind | null {
  if (node.kind !== 'map') {
    reader.fail(node.where, 'a document expected a mapping');
    return null;
  }
  const version = node.entries.get('apiVersion');
  if (version === undefined) {
    reader.fail(node.where, `a document expected the key \`apiVersion\`, got none`);
  } else reader.choice(version.value, 'apiVersion', [API_VERSION]);
  const kind = node.entries.get('kind');
  if (kind === undefined) {
    reader.fail(node.where, 'a document expected the key `kind`, got none');
    return null;
  }
  const before = reader.problems.length;
  const known = reader.choice(kind.value, 'kind', KINDS);
  return reader.problems.length > before ? null : known;
}

function readHead(reader: Reader, fields: Fields, kind: DocumentKind): Head {
  const name = fields.required('name', (node, label) => {
    const text = reader.word(node, label);
    const good = kind === 'Purpose' ? isPurposeName(text) : PLAIN_NAME.test(text);
    if (text !== '' && !good) {
      const hint =
        kind === 'Purpose'
          ? `a dotted name of at most ${TAG_DEPTH_MAX} levels of letters, digits, \`_\` and \`-\``
          : 'a name is at most 63 of a-z, 0-9 and `-`, with no `-` at either end';
      reader.fail(node.where, `\`${label}\` does not take \`${text.slice(0, 80)}\``, hint);
    }
    return text;
  });
  const states = ['active', 'staged'] as const;
  const state = fields.optional('state', (node, label) => reader.choice(node, label, states));
  return { name: name ?? '', description: fields.text('description'), state: state ?? 'active' };
}

function isPurposeName(text: string): boolean {
  return PURPOSE_NAME.test(text) && depthOf(text) <= TAG_DEPTH_MAX;
}
