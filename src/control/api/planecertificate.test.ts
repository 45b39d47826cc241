import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'undici';
import { enrolPlane, listPlanes, rollPlaneToken } from '#control/identity';
import { listen } from '#platform/http';
import { createClientCertificate } from '#platform/http/authority';
import type { KeyedCertificate } from '#platform/http/authority';
import { openTestApi } from '../../../test/control/apiserver.ts';
import type { TestApi } from '../../../test/control/apiserver.ts';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';

let office: TestOffice;
let api: TestApi;
let origin: string;
const agents: Agent[] = [];

before(async () => {
  office = await openTestOffice();
  api = await openTestApi(office, { setupTokenFile: '/nowhere', planeCertificates: 'required' });
  origin = `https://127.0.0.1:${await listen(api.server, { host: '127.0.0.1', port: 0 })}`;
});
after(async () => {
  for (const agent of agents) await agent.close();
  await api.server.close();
  await office.close();
});

const enrol = (name: string) =>
  office.does((work) => enrolPlane(work, { name, url: 'https://plane.example:7081' }));
const certificate = () => createClientCertificate({ name: 'plane', nowMs: Date.now() });

/** Sends no facts as a plane; gives the status and the message. */
async function call(plane: string, token: string, shown: KeyedCertificate | null) {
  const agent = new Agent({
    connect: {
      ca: api.authorityPem,
      ...(shown === null ? {} : { cert: shown.certificatePem, key: shown.keyPem.reveal() }),
    },
  });
  agents.push(agent);
  const answer = await request(`${origin}/api/v1/planes/${plane}/facts`, {
    method: 'POST',
    dispatcher: agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"facts":[]}',
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

test('a plane is taken by its token and the first certificate it shows, and by no other', async () => {
  const token = await enrol('frankfurt');
  const [own, stolen] = [await certificate(), await certificate()];
  const bare = await call('frankfurt', token, null);
  assert.equal(bare.status, 401);
  assert.match(bare.text, /shows its certificate/u);
  assert.equal((await call('frankfurt', 'privet_pln_wrong', own)).status, 401);
  assert.equal((await listPlanes(office.pool, 'frankfurt'))[0]?.certificate, null);
  assert.equal((await call('frankfurt', token, own)).status, 200);
  assert.equal((await call('frankfurt', token, own)).status, 200);
  const { raw } = new X509Certificate(own.certificatePem);
  const [known] = await listPlanes(office.pool, 'frankfurt');
  assert.equal(known?.certificate, hash('sha256', raw));
  const other = await call('frankfurt', token, stolen);
  assert.equal(other.status, 403);
  assert.match(other.text, /another certificate/u);
  assert.equal((await call('frankfurt', token, null)).status, 401);
});

test('a new token takes a new certificate', async () => {
  const token = await enrol('oslo');
  assert.equal((await call('oslo', token, await certificate())).status, 200);
  const next = await office.does((work) => rollPlaneToken(work, 'oslo'));
  const renewed = await certificate();
  assert.equal((await call('oslo', token, renewed)).status, 401);
  assert.equal((await call('oslo', next, renewed)).status, 200);
});

test('one plane is not another, whatever it shows', async () => {
  const [here, there] = [await enrol('here'), await enrol('there')];
  const [first, second] = [await certificate(), await certificate()];
  assert.equal((await call('here', here, first)).status, 200);
  assert.equal((await call('there', there, second)).status, 200);
  assert.equal((await call('there', here, first)).status, 403);
  assert.equal((await call('there', here, second)).status, 403);
  assert.equal((await call('there', there, first)).status, 403);
});
