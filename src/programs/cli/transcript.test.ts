import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { prepareSetup } from '#control/identity';
import { scoreWaiting } from '#control/observe';
import { seedObserved } from '../../../test/observe/seed.ts';
import { seedPlane } from '../../../test/control/seed.ts';
import { openTestApi } from '../../../test/control/apiserver.ts';
import type { TestApi } from '../../../test/control/apiserver.ts';
import { openTestOffice } from '../../../test/control/office.ts';
import type { TestOffice } from '../../../test/control/office.ts';
import { keep, play, readTranscript } from '../../../test/control/transcript.ts';
import type { Stage } from '../../../test/control/transcript.ts';

const TRANSCRIPTS = new URL('../../../test/transcripts/', import.meta.url);

let office: TestOffice;
let api: TestApi;
let stage: Stage;

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'privet-cli-'));
  office = await openTestOffice();
  api = await openTestApi(office, { setupTokenFile: join(directory, 'setup-token') });
  await api.server.listen({ host: '127.0.0.1', port: 0 });
  const address = api.server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  writeFileSync(join(directory, 'ca.pem'), api.authorityPem);
  stage = {
    directory,
    env: {
      PRIVET_HOME: join(directory, 'home'),
      PRIVET_CONTROL_URL: `https://127.0.0.1:${port}`,
      PRIVET_AUTHORITY_FILE: join(directory, 'ca.pem'),
    },
    nowMs: () => Date.now(),
  };
  await seedObserved(office, api, await seedPlane(office, api));
  await scoreWaiting(office);
  await prepareSetup(office, api.room.setupTokenFile);
});

after(async () => {
  await api.server.close();
  await office.close();
  rmSync(stage.directory, { recursive: true });
});

// Each goes on where the one before it ended, so their names begin with numbers.
for (const name of readdirSync(TRANSCRIPTS)
  .filter((name) => name.endsWith('.txt'))
  .sort()) {
  test(`transcript ${name}`, async () => {
    const transcript = readTranscript(new URL(name, TRANSCRIPTS));
    const played = await play(transcript, stage);
    if (process.env['UPDATE_GOLDEN'] === '1') keep(transcript, played);
    else assert.equal(played, transcript.text);
  });
}
