import {
  ACCOUNT,
  actionsOf,
  bucketPolicy,
  EVERYTHING,
  KEY_ADMINISTRATOR,
  keyPolicy,
  listAt,
  LOGS,
  OPERATOR,
  resourcesOf,
  roleOf,
  trustOf,
} from './cloud.ts';
import type { Cloud } from './cloud.ts';
import { evaluate } from './iam.ts';
import type { Policy, Principal, Request } from './iam.ts';
import { SERVICE_ACTIONS } from './serviceactions.ts';

/** What a set of templates must keep, whatever else is attached to a role later; each gives what breaks it. */
export type Promised = (cloud: Cloud) => readonly string[];

const DATA_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/DataKey`;
const STORAGE_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/StorageKey`;
const DATA = `arn:aws:s3:::privet-data-${ACCOUNT}`;
const EVIDENCE = `arn:aws:s3:::privet-evidence-${LOGS}`;
const KEYS = { DataKey: DATA_KEY, StorageKey: STORAGE_KEY } as const;
const OPERATOR_ROLES = ['observe', 'operate', 'upgrade', 'break-glass'].map(
  (capability) => `privet-operator-${capability}`,
);
const SERVICE_ROLES = Object.keys(SERVICE_ACTIONS);
/** What a plane says a data key is for, when it has it wrapped or unwrapped. */
const WRAPPING = { 'kms:EncryptionContextKeys': ['plane', 'scope', 'version'] };

/** What S3 says when it uses a key for somebody who reads an object. */
const BY_BUCKET = {
  'kms:ViaService': 's3.eu-central-1.amazonaws.com',
  'kms:CallerAccount': ACCOUNT,
};
type Context = NonNullable<Request['context']>;

const USES_OF_KEY = ['Decrypt', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'CreateGrant'];
const CHANGES_OF_KEY = ['PutKeyPolicy', 'ScheduleKeyDeletion', 'DisableKey'];

/** With no policy of the key's to help: what the boundary alone must hold back. */
const BYPASSES: readonly (readonly [action: string, resource: string])[] = [
  [
    'secretsmanager:GetSecretValue',
    `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:privet/plane/token-1`,
  ],
  ['s3:GetObject', `${DATA}/vault/1`],
  ['s3:GetObjectVersion', `${DATA}/vault/1`],
  ['s3:PutBucketPolicy', DATA],
  ['dynamodb:GetItem', `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/credentials`],
  ['rds-data:ExecuteStatement', `arn:aws:rds:eu-central-1:${ACCOUNT}:cluster:privet-plane`],
  ['rds-db:connect', `arn:aws:rds-db:eu-central-1:${ACCOUNT}:dbuser:db-1/privet_plane`],
  ['rds:CreateDBSnapshot', `arn:aws:rds:eu-central-1:${ACCOUNT}:db:privet-plane`],
  ['rds:ModifyDBInstance', `arn:aws:rds:eu-central-1:${ACCOUNT}:db:privet-plane`],
  ['ec2:CreateSnapshot', `arn:aws:ec2:eu-central-1:${ACCOUNT}:volume/vol-1`],
  ['ebs:GetSnapshotBlock', 'arn:aws:ec2:eu-central-1::snapshot/snap-1'],
  ['ssm:StartSession', `arn:aws:ec2:eu-central-1:${ACCOUNT}:instance/i-1`],
  ['ssm:SendCommand', `arn:aws:ec2:eu-central-1:${ACCOUNT}:instance/i-1`],
  ['ecs:ExecuteCommand', `arn:aws:ecs:eu-central-1:${ACCOUNT}:task/privet/1`],
  ['ecs:RegisterTaskDefinition', '*'],
  ['ecs:RunTask', `arn:aws:ecs:eu-central-1:${ACCOUNT}:task-definition/privet-plane:1`],
  ['lambda:UpdateFunctionCode', `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:privet-x`],
  ['lambda:InvokeFunction', `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:privet-x`],
  ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/privet-plane`],
  ['iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/privet-operator-observe`],
  ['iam:DeleteRolePermissionsBoundary', `arn:aws:iam::${ACCOUNT}:role/privet-operator-observe`],
  ['iam:CreatePolicyVersion', `arn:aws:iam::${ACCOUNT}:policy/privet-operator-boundary`],
  ['iam:UpdateAssumeRolePolicy', `arn:aws:iam::${ACCOUNT}:role/privet-plane`],
  ['cloudformation:UpdateStack', `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/privet/1`],
  ['cloudtrail:StopLogging', `arn:aws:cloudtrail:eu-central-1:${ACCOUNT}:trail/privet`],
  ['logs:DeleteLogGroup', `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/privet/programs`],
  ['ec2:AuthorizeSecurityGroupEgress', `arn:aws:ec2:eu-central-1:${ACCOUNT}:security-group/sg-1`],
  ...SERVICE_ROLES.map(
    (role) => ['sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/${role}`] as const,
  ),
];

/** P14: an operator's role with everything attached to it still uses no key and changes none. */
export const operatorHasNoKey: Promised = (cloud) =>
  OPERATOR_ROLES.flatMap((name) => {
    const principal = roleOf(cloud, name, [EVERYTHING]);
    const bare: Principal = { ...principal, boundary: null };
    const asked = [...USES_OF_KEY, ...CHANGES_OF_KEY].map((one) => `kms:${one}`);
    const ofKey = (who: Principal, key: 'DataKey' | 'StorageKey', context: Context) =>
      asked.flatMap((action) =>
        broken(name, {
          principal: who,
          action,
          resource: KEYS[key],
          resourcePolicy: keyPolicy(cloud, key),
          context,
        }),
      );
    return [
      ...ofKey(principal, 'DataKey', WRAPPING),
      // The policy of the key holds by itself, and so does the boundary.
      ...ofKey(bare, 'DataKey', WRAPPING),
      ...ofKey(bare, 'StorageKey', BY_BUCKET),
      ...asked.flatMap((action) =>
        broken(name, { principal, action, resource: DATA_KEY, resourcePolicy: OPEN_KEY }),
      ),
    ];
  });

/** A key whose policy somebody opened to all: the boundary must still hold. */
const OPEN_KEY: Policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
};

/** The usual ways around "no decrypt", each with `*:*` attached. */
export const operatorHasNoWayAround: Promised = (cloud) =>
  OPERATOR_ROLES.flatMap((name) => {
    const principal = roleOf(cloud, name, [EVERYTHING]);
    const update = {
      principal,
      action: 'ecs:UpdateService',
      resource: `arn:aws:ecs:eu-central-1:${ACCOUNT}:service/privet/plane`,
      context: { 'ecs:task-definition': `arn:aws:ecs:eu-central-1:${ACCOUNT}:task-definition/x:2` },
    };
    return [
      ...BYPASSES.flatMap(([action, resource]) => broken(name, { principal, action, resource })),
      ...broken(name, update),
    ];
  });

/** The buckets hold back the operator and other accounts by their own policies. */
export const bucketsHoldBack: Promised = (cloud) => {
  const data = bucketPolicy(cloud, '60-stack.yaml', 'DataPolicy');
  const evidence = bucketPolicy(cloud, '40-evidence.yaml', 'EvidencePolicy');
  const operator: Principal = {
    arn: `arn:aws:iam::${ACCOUNT}:role/privet-operator-operate`,
    policies: [EVERYTHING],
    boundary: null,
  };
  const root: Principal = {
    arn: `arn:aws:iam::${LOGS}:root`,
    policies: [EVERYTHING],
    boundary: null,
  };
  const plane = roleOf(cloud, 'privet-plane', [EVERYTHING]);
  const read = { action: 's3:GetObject', resource: `${DATA}/vault/1`, resourcePolicy: data };
  const plain = { 'aws:SecureTransport': 'false' };
  return [
    ...broken('operator', { principal: operator, ...read }),
    ...broken('plane without TLS', { principal: plane, ...read, context: plain }),
    ...[
      's3:DeleteObjectVersion',
      's3:PutLifecycleConfiguration',
      's3:PutBucketObjectLockConfiguration',
    ].flatMap((action) => [
      ...broken('root of the logs', {
        principal: root,
        action,
        resource: `${EVIDENCE}/x`,
        resourcePolicy: evidence,
      }),
      ...broken('plane', {
        principal: plane,
        action,
        resource: `${EVIDENCE}/x`,
        resourcePolicy: evidence,
      }),
    ]),
  ];
};

/** The plane can work: a stack in which nothing is allowed would keep every other promise. */
export const planeCanWork: Promised = (cloud) => {
  const plane = roleOf(cloud, 'privet-plane');
  const context = { ...WRAPPING, 'kms:ResourceAliases': ['alias/privet-data'] };
  const administrator: Principal = { arn: KEY_ADMINISTRATOR, policies: [], boundary: null };
  const key = { resource: DATA_KEY, resourcePolicy: keyPolicy(cloud, 'DataKey') };
  const wanted: readonly Request[] = [
    { principal: plane, action: 'kms:Encrypt', ...key, context },
    { principal: plane, action: 'kms:Decrypt', ...key, context },
    {
      principal: plane,
      action: 's3:PutObject',
      resource: `${DATA}/vault/1`,
      resourcePolicy: bucketPolicy(cloud, '60-stack.yaml', 'DataPolicy'),
    },
    {
      principal: plane,
      action: 's3:PutObject',
      resource: `${EVIDENCE}/x`,
      resourcePolicy: bucketPolicy(cloud, '40-evidence.yaml', 'EvidencePolicy'),
    },
    { principal: administrator, action: 'kms:DisableKey', ...key },
    {
      principal: roleOf(cloud, 'privet-operator-observe'),
      action: 'ecs:DescribeServices',
      resource: '*',
    },
    {
      principal: roleOf(cloud, 'privet-operator-operate'),
      action: 'ecs:UpdateService',
      resource: `arn:aws:ecs:eu-central-1:${ACCOUNT}:service/privet/plane`,
    },
  ];
  return wanted
    .map((request) => ({ request, verdict: evaluate(request) }))
    .filter(({ verdict }) => !verdict.allowed)
    .map(
      ({ request, verdict }) => `${request.principal.arn} may not ${request.action}: ${verdict.by}`,
    );
};

/** The one who looks after keys, everybody else in the account, and a plane that does not say what for: no use of the key. */
export const onlyThePlaneUnwraps: Promised = (cloud) => {
  const key = { resource: DATA_KEY, resourcePolicy: keyPolicy(cloud, 'DataKey') };
  const others = [
    KEY_ADMINISTRATOR,
    `arn:aws:iam::${ACCOUNT}:role/admin`,
    `arn:aws:iam::${ACCOUNT}:root`,
  ];
  const asked = others.map((arn): Principal => ({ arn, policies: [EVERYTHING], boundary: null }));
  const named = SERVICE_ROLES.filter((name) => name !== 'privet-plane').map((name) =>
    roleOf(cloud, name, [EVERYTHING]),
  );
  return [
    ...[...asked, ...named].flatMap((principal) =>
      USES_OF_KEY.flatMap((use) =>
        broken(principal.arn, { principal, action: `kms:${use}`, ...key, context: WRAPPING }),
      ),
    ),
    ...broken('plane without a context', {
      principal: roleOf(cloud, 'privet-plane'),
      action: 'kms:Decrypt',
      ...key,
    }),
    ...broken('plane', {
      principal: roleOf(cloud, 'privet-plane', [EVERYTHING]),
      action: 'kms:CreateGrant',
      ...key,
      context: WRAPPING,
    }),
  ];
};

/** Who may become an operator's role: named people of that account, with what was agreed, for an hour, break-glass while open. */
export const operatorsAreNamed: Promised = (cloud) => {
  const person: Principal = {
    arn: `arn:aws:iam::${OPERATOR}:role/ops`,
    policies: [EVERYTHING],
    boundary: null,
  };
  const agreed = {
    'sts:ExternalId': 'agreed-with-the-operator-1',
    'sts:SourceIdentity': 'olga.operator',
    'aws:CurrentTime': '2030-01-01T00:00:00Z',
  };
  const assume = (
    name: string,
    context: Readonly<Record<string, string>>,
    who = person,
  ): Request => ({
    principal: who,
    action: 'sts:AssumeRole',
    resource: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    resourcePolicy: trustOf(cloud, name),
    context,
  });
  const without = (key: keyof typeof agreed) =>
    Object.fromEntries(Object.entries(agreed).filter(([name]) => name !== key));
  const stranger: Principal = { ...person, arn: 'arn:aws:iam::999999999999:role/ops' };
  const shut = { ...agreed, 'aws:RequestTag/grant': 'grt_x' };
  return [
    ...OPERATOR_ROLES.flatMap((name) => [
      ...broken(`${name} without the external id`, assume(name, without('sts:ExternalId'))),
      ...broken(`${name} without a name`, assume(name, without('sts:SourceIdentity'))),
      ...broken(`${name} by a stranger`, assume(name, shut, stranger)),
    ]),
    ...broken('break-glass while shut', assume('privet-operator-break-glass', shut)),
    ...OPERATOR_ROLES.slice(0, 3)
      .filter((name) => !evaluate(assume(name, agreed)).allowed)
      .map((name) => `${name} cannot be assumed by those it is for`),
    ...resourcesOf(cloud, 'AWS::IAM::Role')
      .filter(({ properties }) => OPERATOR_ROLES.includes(String(properties['RoleName'])))
      .filter(({ properties }) => Number(properties['MaxSessionDuration'] ?? 43_200) > 3_600)
      .map(({ properties }) => `${String(properties['RoleName'])} lasts longer than an hour`),
  ];
};

/** Each service role does what the checked-in list says and nothing else, for its own service, inside its boundary. */
export const serviceRolesAreAsListed: Promised = (cloud) => {
  const roles = resourcesOf(cloud, 'AWS::IAM::Role').map(({ properties }) =>
    String(properties['RoleName']),
  );
  const unlisted = roles.filter(
    (name) => !SERVICE_ROLES.includes(name) && !OPERATOR_ROLES.includes(name),
  );
  return [
    ...unlisted.map((name) => `${name} is on no list`),
    ...SERVICE_ROLES.flatMap((name) => {
      const principal = roleOf(cloud, name);
      const { service, actions } = SERVICE_ACTIONS[name] ?? { service: '', actions: [] };
      const trusted = trustOf(cloud, name).Statement.map(({ Principal }) =>
        JSON.stringify(Principal),
      );
      const found = actionsOf(principal).join(' ');
      return [
        ...(found === actions.join(' ')
          ? []
          : [`${name} may ${found}, listed are ${actions.join(' ')}`]),
        ...(trusted.join() === JSON.stringify({ Service: service })
          ? []
          : [`${name} trusts ${trusted.join()}`]),
        ...(principal.boundary === null && name !== 'privet-installer'
          ? [`${name} has no boundary`]
          : []),
      ];
    }),
  ];
};

/** Evidence cannot be deleted, flow and access logs are kept, the trail is on. */
export const evidenceIsKept: Promised = (cloud) => {
  const properties = (template: string, id: string) =>
    cloud[template]?.resources.get(id)?.properties ?? {};
  const lock = JSON.stringify(
    properties('40-evidence.yaml', 'Evidence')['ObjectLockConfiguration'] ?? {},
  );
  const evidence = properties('40-evidence.yaml', 'Evidence');
  const trail = properties('60-stack.yaml', 'Trail');
  const flow = properties('30-network.yaml', 'FlowLog');
  const rules: readonly (readonly [boolean, string])[] = [
    [lock.includes('"Mode":"COMPLIANCE"'), 'evidence is not locked in compliance mode'],
    [
      /"Days":"?(?:36[5-9]|3[7-9]\d|[4-9]\d\d|\d{4,})/u.test(lock),
      'evidence is kept less than a year',
    ],
    [evidence['LifecycleConfiguration'] === undefined, 'evidence expires'],
    [evidence['LoggingConfiguration'] !== undefined, 'nobody logs who reads evidence'],
    [trail['IsLogging'] === true && trail['IsMultiRegionTrail'] === true, 'the trail is off'],
    [trail['EnableLogFileValidation'] === true, 'files of the trail are not validated'],
    [flow['TrafficType'] === 'ALL', 'flows are not logged'],
  ];
  return rules.flatMap(([holds, finding]) => (holds ? [] : [finding]));
};

/** Nothing comes in but to the balancer, nothing is public, workers reach the egress gateway and the endpoints only. */
export const networkIsClosed: Promised = (cloud) => {
  const groups = resourcesOf(cloud, 'AWS::EC2::SecurityGroup');
  const described = (tree: { readonly [key: string]: unknown }) => String(tree['GroupDescription']);
  const open = groups.flatMap(({ properties }) =>
    listAt(properties, 'SecurityGroupIngress')
      .filter((rule) => rule['CidrIp'] === '0.0.0.0/0' || rule['CidrIpv6'] === '::/0')
      .map(() => `anybody reaches ${described(properties)}`),
  );
  const silent = groups
    .filter(({ properties }) => listAt(properties, 'SecurityGroupEgress').length === 0)
    .map(({ properties }) => `${described(properties)} may reach everything`);
  const leaky = groups
    .filter(({ properties }) => /connectors|control plane/u.test(described(properties)))
    .flatMap(({ properties }) =>
      listAt(properties, 'SecurityGroupEgress')
        .filter((rule) => rule['CidrIp'] === '0.0.0.0/0')
        .map(() => `${described(properties)} has a way out of its own`),
    );
  const shown = [
    ...resourcesOf(cloud, 'AWS::RDS::DBInstance').filter(
      ({ properties }) => properties['PubliclyAccessible'] !== false,
    ),
    ...resourcesOf(cloud, 'AWS::EC2::Subnet').filter(
      ({ properties }) => properties['MapPublicIpOnLaunch'] !== false,
    ),
    ...resourcesOf(cloud, 'AWS::ElasticLoadBalancingV2::LoadBalancer').filter(
      ({ properties }) => properties['Scheme'] !== 'internal',
    ),
    ...resourcesOf(cloud, 'AWS::EC2::VPCEndpoint').filter(
      ({ properties }) => properties['PolicyDocument'] === undefined,
    ),
  ].map(({ type }) => `${type} is open to the world`);
  const shells = resourcesOf(cloud, 'AWS::ECS::Service')
    .filter(({ properties }) => properties['EnableExecuteCommand'] !== false)
    .map(() => 'a service lets people into its tasks');
  return [...open, ...silent, ...leaky, ...shown, ...shells];
};

/** Disks, databases and buckets are encrypted under the customer's key, and only TLS reaches the databases. */
export const restIsEncrypted: Promised = (cloud) => {
  const databases = resourcesOf(cloud, 'AWS::RDS::DBInstance').filter(
    ({ properties }) =>
      properties['StorageEncrypted'] !== true || properties['KmsKeyId'] === undefined,
  );
  const buckets = resourcesOf(cloud, 'AWS::S3::Bucket').filter(
    ({ properties }) => properties['BucketEncryption'] === undefined,
  );
  const parameters = resourcesOf(cloud, 'AWS::RDS::DBParameterGroup').filter(
    ({ properties }) => !JSON.stringify(properties).includes('"rds.force_ssl":"1"'),
  );
  const files = resourcesOf(cloud, 'AWS::EFS::FileSystem').filter(
    ({ properties }) => properties['Encrypted'] !== true,
  );
  return [...databases, ...buckets, ...parameters, ...files].map(
    ({ type }) => `${type} is not encrypted`,
  );
};

function broken(who: string, request: Request): readonly string[] {
  const { allowed, by } = evaluate(request);
  return allowed ? [`${who} may ${request.action} on ${request.resource}: ${by}`] : [];
}
