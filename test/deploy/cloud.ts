import type { Policy, Principal, Statement } from './iam.ts';
import { readTemplate } from './template.ts';
import type { Resource, Template, Tree } from './template.ts';

export const ACCOUNT = '111122223333';
export const OPERATOR = '444455556666';
export const LOGS = '777788889999';
export const KEY_ADMINISTRATOR = `arn:aws:iam::${ACCOUNT}:role/keys`;

/** Everything the templates make, as one account sees it. */
export type Cloud = Readonly<Record<string, Template>>;

const PARAMETERS = {
  Installation: 'privet',
  WithConnectors: 'yes',
  WithBatch: 'yes',
  KeyAdministratorArn: KEY_ADMINISTRATOR,
  OperatorAccountId: OPERATOR,
  InstallationAccountId: ACCOUNT,
  ExternalId: 'agreed-with-the-operator-1',
  ClientsCidr: '10.0.0.0/8',
  VpnPeerAddress: '203.0.113.7',
};

export const TEMPLATES = [
  '10-roles.yaml',
  '20-keys.yaml',
  '30-network.yaml',
  '40-evidence.yaml',
  '50-operator.yaml',
  '60-stack.yaml',
];

export function readCloud(given: Readonly<Record<string, string>> = {}): Cloud {
  return Object.fromEntries(
    TEMPLATES.map((name) => [name, readTemplate(name, { ...parametersOf(name), ...given })]),
  );
}

/** The evidence lies in an account of its own. */
export function parametersOf(template: string): Readonly<Record<string, string>> {
  return template === '40-evidence.yaml' ? { ...PARAMETERS, 'AWS::AccountId': LOGS } : PARAMETERS;
}

export function resourcesOf(cloud: Cloud, type: string): readonly Resource[] {
  return Object.values(cloud).flatMap(({ resources }) =>
    [...resources.values()].filter((resource) => resource.type === type),
  );
}

/** The role of that name with the policies on it, and others besides: what somebody added later. */
export function roleOf(cloud: Cloud, name: string, added: readonly Policy[] = []): Principal {
  const role = resourcesOf(cloud, 'AWS::IAM::Role').find(
    ({ properties }) => properties['RoleName'] === name,
  );
  if (role === undefined) throw new Error(`no role ${name}`);
  const { properties } = role;
  const inline = (properties['Policies'] ?? []) as readonly { PolicyDocument: Policy }[];
  const managed = (properties['ManagedPolicyArns'] ?? []) as readonly string[];
  const boundary = properties['PermissionsBoundary'] as string | undefined;
  return {
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    policies: [
      ...inline.map(({ PolicyDocument }) => PolicyDocument),
      ...managed.map((arn) => managedPolicy(cloud, arn)),
      ...added,
    ],
    boundary: boundary === undefined ? null : managedPolicy(cloud, boundary),
  };
}

function managedPolicy(cloud: Cloud, arn: string): Policy {
  const found = resourcesOf(cloud, 'AWS::IAM::ManagedPolicy').find(({ properties }) =>
    arn.endsWith(`:policy/${String(properties['ManagedPolicyName'])}`),
  );
  if (found === undefined) throw new Error(`no policy ${arn}`);
  return found.properties['PolicyDocument'] as Policy;
}

export function trustOf(cloud: Cloud, name: string): Policy {
  const role = resourcesOf(cloud, 'AWS::IAM::Role').find(
    ({ properties }) => properties['RoleName'] === name,
  );
  return role?.properties['AssumeRolePolicyDocument'] as Policy;
}

export function keyPolicy(cloud: Cloud, id: 'DataKey' | 'StorageKey'): Policy {
  return cloud['20-keys.yaml']?.resources.get(id)?.properties['KeyPolicy'] as Policy;
}

export function bucketPolicy(cloud: Cloud, template: string, id: string): Policy {
  return cloud[template]?.resources.get(id)?.properties['PolicyDocument'] as Policy;
}

export const EVERYTHING: Policy = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'AddedLater', Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** The actions a role's own policies allow, sorted: what a reviewer compares. */
export function actionsOf(principal: Principal): readonly string[] {
  const allowed = (statement: Statement) =>
    statement.Effect === 'Allow' ? [statement.Action ?? []].flat() : [];
  return [
    ...new Set(principal.policies.flatMap((policy) => policy.Statement.flatMap(allowed))),
  ].sort();
}

export function listAt(tree: Tree, key: string): readonly Tree[] {
  return (tree[key] ?? []) as readonly Tree[];
}
