import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { CollectionTag, ScalarTag } from 'yaml';

/** A CloudFormation template with everything resolved that can be without AWS; what cannot is `{ unresolved }`. */
export type Template = { readonly resources: ReadonlyMap<string, Resource> };
export type Resource = { readonly type: string; readonly properties: Tree };
export type Tree = { readonly [key: string]: unknown };

export type Values = Readonly<Record<string, string>>;

const ACCOUNT = '111122223333';
const PSEUDO: Values = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': 'eu-central-1',
  'AWS::Partition': 'aws',
};

const INTRINSICS = [
  'Ref',
  'Sub',
  'GetAtt',
  'Select',
  'Cidr',
  'GetAZs',
  'Join',
  'Equals',
  'Not',
  'If',
];
const keyOf = (name: string): string => (name === 'Ref' ? name : `Fn::${name}`);
const tags = INTRINSICS.flatMap((name): (ScalarTag | CollectionTag)[] => [
  { tag: `!${name}`, resolve: (value: string) => ({ [keyOf(name)]: value }) },
  {
    tag: `!${name}`,
    collection: 'seq',
    resolve: (node) => ({ [keyOf(name)]: (node as { toJSON(): unknown }).toJSON() }),
  },
]);

/** Reads a template under parameters; those with defaults may be left out. */
export function readTemplate(name: string, given: Values): Template {
  const path = new URL(`../../deploy/aws/${name}`, import.meta.url);
  return resolveTemplate(readFileSync(path, 'utf8'), given);
}

export function resolveTemplate(text: string, given: Values): Template {
  const raw = parse(text, { customTags: tags, merge: false }) as {
    Parameters?: Record<string, { Default?: string | number }>;
    Conditions?: Tree;
    Resources: Record<string, { Type: string; Condition?: string; Properties?: Tree }>;
  };
  const values: Record<string, string> = { ...PSEUDO, ...given };
  for (const [key, { Default }] of Object.entries(raw.Parameters ?? {})) {
    values[key] = given[key] ?? (Default === undefined ? `parameter-${key}` : String(Default));
  }
  const world: World = { values, resources: raw.Resources };
  const made = Object.entries(raw.Resources).filter(([, { Condition }]) => {
    return Condition === undefined || holds(raw.Conditions?.[Condition], world);
  });
  return {
    resources: new Map(
      made.map(([id, { Type, Properties }]) => [
        id,
        { type: Type, properties: resolve(Properties ?? {}, world) as Tree },
      ]),
    ),
  };
}

type World = {
  readonly values: Values;
  readonly resources: Readonly<Record<string, { Type: string; Properties?: Tree }>>;
};

function resolve(value: unknown, world: World): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, world));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [[key, argument] = ['', null]] = entries;
  if (entries.length === 1) {
    if (key === 'Ref') return world.values[String(argument)] ?? refOf(String(argument), world);
    if (key === 'Fn::Sub') return substitute(String(argument), world);
    if (key === 'Fn::GetAtt') return attribute(String(argument), world);
    if (key.startsWith('Fn::')) return { unresolved: key };
  }
  return Object.fromEntries(entries.map(([name, inner]) => [name, resolve(inner, world)]));
}

function substitute(text: string, world: World): string {
  return text.replaceAll(/\$\{([^}]+)\}/gu, (_, name: string) => {
    return world.values[name] ?? (name.includes('.') ? attribute(name, world) : refOf(name, world));
  });
}

function attribute(name: string, world: World): string {
  const [id = ''] = name.split('.');
  return name.endsWith('.Arn') ? arnOf(id, world) : `attribute-${name}`;
}

/** What `Ref` gives: of a policy its ARN, of a bucket its name. */
function refOf(id: string, world: World): string {
  const { Type, Properties = {} } = world.resources[id] ?? { Type: '' };
  if (Type === 'AWS::IAM::ManagedPolicy') return arnOf(id, world);
  if (Type === 'AWS::S3::Bucket') return String(resolve(Properties['BucketName'], world));
  return `ref-${id}`;
}

function arnOf(id: string, world: World): string {
  const { Type, Properties = {} } = world.resources[id] ?? { Type: '' };
  const named = (key: string) => String(resolve(Properties[key], world));
  if (Type === 'AWS::IAM::Role') return `arn:aws:iam::${ACCOUNT}:role/${named('RoleName')}`;
  if (Type === 'AWS::IAM::ManagedPolicy') {
    return `arn:aws:iam::${ACCOUNT}:policy/${named('ManagedPolicyName')}`;
  }
  if (Type === 'AWS::S3::Bucket') return `arn:aws:s3:::${named('BucketName')}`;
  if (Type === 'AWS::KMS::Key') return `arn:aws:kms:eu-central-1:${ACCOUNT}:key/${id}`;
  return `arn-${id}`;
}

function holds(condition: unknown, world: World): boolean {
  const [[key, argument] = ['', null]] = Object.entries(condition as object);
  if (key === 'Fn::Not') return !holds((argument as unknown[])[0], world);
  if (key !== 'Fn::Equals') throw new Error(`condition ${key}`);
  const [left, right] = (argument as unknown[]).map((side) => resolve(side, world));
  return left === right;
}
