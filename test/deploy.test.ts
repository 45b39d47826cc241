import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parametersOf, readCloud, TEMPLATES } from './deploy/cloud.ts';
import type { Cloud } from './deploy/cloud.ts';
import * as promises from './deploy/promises.ts';
import { resolveTemplate } from './deploy/template.ts';

const cloud = readCloud();
const kept: Readonly<Record<string, promises.Promised>> = { ...promises };

for (const [name, promise] of Object.entries(kept)) {
  test(`${name} holds in the templates for AWS`, () => {
    assert.deepEqual(promise(cloud), []);
  });
}

test('break-glass opens until the moment the customer gave, and not without a grant', () => {
  const open = readCloud({ BreakGlassUntil: '2031-01-01T00:00:00Z' });
  assert.match(
    promises.operatorsAreNamed(open).join('\n'),
    /break-glass while shut may sts:AssumeRole/u,
  );
  assert.equal(promises.operatorsAreNamed(open).length, 1);
});

/** A slip or a wish of somebody's in a template, and the promise that must notice. */
const MUTATIONS: readonly (readonly [
  what: string,
  template: string,
  change: (text: string) => string,
  promise: keyof typeof promises,
])[] = [
  [
    'the key policy loses its deny of others',
    '20-keys.yaml',
    (text) =>
      text.replace(
        'Sid: NobodyElseUsesIt\n            Effect: Deny',
        'Sid: NobodyElseUsesIt\n            Effect: Allow',
      ),
    'onlyThePlaneUnwraps',
  ],
  [
    'the plane need not say what a key is for',
    '20-keys.yaml',
    (text) =>
      text.replace(
        "ForAnyValue:StringEquals: { 'kms:EncryptionContextKeys': scope }",
        "Bool: { 'aws:SecureTransport': 'true' }",
      ),
    'onlyThePlaneUnwraps',
  ],
  [
    'grants may be made',
    '20-keys.yaml',
    (text) =>
      text
        .replace('Action: kms:CreateGrant', 'Action: kms:RetireGrant')
        .replace("Action: ['kms:Encrypt', 'kms:Decrypt']", 'Action: kms:*'),
    'onlyThePlaneUnwraps',
  ],
  [
    'the operator is not named in the key policy',
    '20-keys.yaml',
    (text) => text.replaceAll('NotAction:', 'Action:').replaceAll('-operator-*', '-operators-*'),
    'operatorHasNoKey',
  ],
  [
    'the boundary lets keys be used',
    '50-operator.yaml',
    (text) => text.replace("NotAction: ['kms:DescribeKey', ", "NotAction: ['kms:*', "),
    'operatorHasNoKey',
  ],
  [
    'the boundary is taken off',
    '50-operator.yaml',
    (text) => text.replaceAll('PermissionsBoundary: !Ref OperatorBoundary', 'Path: /'),
    'operatorHasNoWayAround',
  ],
  [
    'the operator may pass roles',
    '50-operator.yaml',
    (text) => text.replace('              - iam:PassRole\n', ''),
    'operatorHasNoWayAround',
  ],
  [
    'the operator may change code',
    '50-operator.yaml',
    (text) => text.replace('              - lambda:UpdateFunctionCode\n', ''),
    'operatorHasNoWayAround',
  ],
  [
    'the operator may open a session',
    '50-operator.yaml',
    (text) => text.replace('              - ssm:StartSession\n', ''),
    'operatorHasNoWayAround',
  ],
  [
    'the operator may start another revision',
    '50-operator.yaml',
    (text) => text.replace("'ecs:task-definition': 'false'", "'ecs:task-definition': 'true'"),
    'operatorHasNoWayAround',
  ],
  [
    'the operator may take service roles',
    '50-operator.yaml',
    (text) => text.replace('              - sts:AssumeRole\n', ''),
    'operatorHasNoWayAround',
  ],
  [
    'no external id',
    '50-operator.yaml',
    (text) =>
      text.replaceAll(
        "StringEquals: { 'sts:ExternalId': !Ref ExternalId }",
        "Bool: { 'aws:SecureTransport': 'true' }",
      ),
    'operatorsAreNamed',
  ],
  [
    'nobody says who they are',
    '50-operator.yaml',
    (text) => text.replaceAll("'sts:SourceIdentity': '?*'", "'aws:PrincipalArn': '*'"),
    'operatorsAreNamed',
  ],
  [
    'sessions of a day',
    '50-operator.yaml',
    (text) => text.replace('MaxSessionDuration: 3600', 'MaxSessionDuration: 43200'),
    'operatorsAreNamed',
  ],
  [
    'the control plane may decrypt',
    '10-roles.yaml',
    (text) =>
      text.replace(
        'Action: secretsmanager:GetSecretValue',
        "Action: ['secretsmanager:GetSecretValue', 'kms:Decrypt']",
      ),
    'serviceRolesAreAsListed',
  ],
  [
    'any service may be the plane',
    '10-roles.yaml',
    (text) => text.replaceAll('ecs-tasks.amazonaws.com }', 'ec2.amazonaws.com }'),
    'serviceRolesAreAsListed',
  ],
  [
    'a role without a boundary',
    '10-roles.yaml',
    (text) => text.replaceAll('PermissionsBoundary: !Ref ServiceBoundary', 'Path: /'),
    'serviceRolesAreAsListed',
  ],
  [
    'evidence locked in governance mode',
    '40-evidence.yaml',
    (text) => text.replace('COMPLIANCE', 'GOVERNANCE'),
    'evidenceIsKept',
  ],
  [
    'evidence may be deleted',
    '40-evidence.yaml',
    (text) =>
      text.replace(
        'Sid: NothingIsDeleted\n            Effect: Deny',
        'Sid: NothingIsDeleted\n            Effect: Allow',
      ),
    'bucketsHoldBack',
  ],
  [
    'the operator reads the bucket',
    '60-stack.yaml',
    (text) => text.replace('-operator-*', '-operators-*'),
    'bucketsHoldBack',
  ],
  [
    'the gateway open to the world',
    '30-network.yaml',
    (text) =>
      text.replace('ToPort: 5432, CidrIp: !Ref ClientsCidr', 'ToPort: 5432, CidrIp: 0.0.0.0/0'),
    'networkIsClosed',
  ],
  [
    'workers with a way out',
    '30-network.yaml',
    (text) =>
      text.replace(
        'ToPort: 7082, DestinationSecurityGroupId: !GetAtt PlaneGroup.GroupId',
        'ToPort: 7082, CidrIp: 0.0.0.0/0',
      ),
    'networkIsClosed',
  ],
  [
    'an endpoint without a policy',
    '30-network.yaml',
    (text) => text.replace('PolicyDocument:', 'Tags:'),
    'networkIsClosed',
  ],
  [
    'a shell in the plane',
    '60-stack.yaml',
    (text) => text.replace('EnableExecuteCommand: false', 'EnableExecuteCommand: true'),
    'networkIsClosed',
  ],
  [
    'a database without encryption',
    '60-stack.yaml',
    (text) => text.replace('StorageEncrypted: true', 'StorageEncrypted: false'),
    'restIsEncrypted',
  ],
  [
    'the plane has no key',
    '10-roles.yaml',
    (text) =>
      text
        .replace(
          "'kms:ResourceAliases': !Sub 'alias/${Installation}-data'",
          "'kms:ResourceAliases': !Sub 'alias/${Installation}-date'",
        )
        .replace("['s3:GetObject', 's3:PutObject', 's3:DeleteObject']", "['s3:GetObject']"),
    'planeCanWork',
  ],
];

for (const [what, template, change, name] of MUTATIONS) {
  test(`${name} notices: ${what}`, () => {
    const text = readFileSync(new URL(`../deploy/aws/${template}`, import.meta.url), 'utf8');
    const changed = change(text);
    assert.notEqual(changed, text, 'the mutation changes nothing');
    const mutated: Cloud = {
      ...cloud,
      [template]: resolveTemplate(changed, parametersOf(template)),
    };
    assert.notDeepEqual(kept[name]?.(mutated), []);
  });
}

test('every template is looked at', () => {
  assert.equal(TEMPLATES.length, Object.keys(cloud).length);
});
