import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForbiddenReceiver } from './receiveraddress.ts';

test('no alert goes to this machine, a neighbour by link or a place of credentials, in any form', () => {
  const forbidden = [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '::1',
    '[::]',
    '::ffff:7f00:1',
    '169.254.1.1',
    'fe80::1%eth0',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::100.100.100.200',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:a9fe:a9fe::1',
    '2002:a83f:8110::',
    '2002:7f00:1::',
  ];
  for (const host of forbidden) assert.ok(isForbiddenReceiver(host, false), host);
  for (const host of ['10.1.2.3', 'fd12::1', '8.8.8.8', '2606:4700::1', '64:ff9b::808:808', 'x']) {
    assert.ok(!isForbiddenReceiver(host, false), host);
  }
  assert.ok(!isForbiddenReceiver('127.0.0.1', true));
  assert.ok(isForbiddenReceiver('169.254.169.254', true), 'loopback is no more than that');
});
