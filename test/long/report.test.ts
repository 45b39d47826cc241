import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { scoreWaiting } from '#control/observe';
import { renderReport } from '#engines/report';
import { runCommandLine } from '../../src/programs/cli/run.ts';
import { styleFor } from '../../src/programs/cli/style.ts';
import { openTestApi } from '../control/apiserver.ts';
import type { TestApi } from '../control/apiserver.ts';
import { openTestOffice } from '../control/office.ts';
import type { TestOffice } from '../control/office.ts';
import { seedPlane } from '../control/seed.ts';
import { seedObserved } from '../observe/seed.ts';
import { shopReport } from '../observe/shopreport.ts';

// `apt-get install chromium` puts it there; .ci/run does.
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) =>
  existsSync(path),
);
const skip = CHROMIUM === undefined ? 'no chromium here: apt-get install chromium' : false;

let directory: string;
let browser: Browser;
let office: TestOffice;
let api: TestApi;

before(async () => {
  directory = process.env['SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'privet-report-'));
  office = await openTestOffice();
  api = await openTestApi(office, { setupTokenFile: join(directory, 'setup-token') });
  await seedObserved(office, api, await seedPlane(office, api));
  await scoreWaiting(office);
  if (CHROMIUM === undefined) return;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
});
after(async () => {
  await browser?.close();
  await api.server.close();
  await office.close();
  if (process.env['SCREENSHOTS'] === undefined) rmSync(directory, { recursive: true });
});

type Opened = { readonly page: Page; readonly complaints: string[]; readonly asked: string[] };

/** Opens a file in a browser and remembers what it complained of and asked for. */
async function open(
  path: string,
  look: { scheme: 'light' | 'dark'; width: number },
): Promise<Opened> {
  const page = await browser.newPage({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.scheme,
  });
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return { page, complaints, asked };
}

function written(name: string): string {
  const path = join(directory, name);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');
  writeFileSync(path, renderReport(shopReport(), { sha256 }));
  return path;
}

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [1320, 390]) {
    test(
      `the report asks nobody for anything and fits ${width} pixels, ${scheme}`,
      { skip },
      async () => {
        const path = written('shop.html');
        const { page, complaints, asked } = await open(path, { scheme, width });
        assert.deepEqual(complaints, []);
        assert.deepEqual(asked, [pathToFileURL(path).href]);
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(overflow, 0, 'nothing is wider than the window');
        const shot = join(directory, `shop-${scheme}-${width}.png`);
        await page.screenshot({ path: shot, fullPage: true });
        assert.ok(statSync(shot).size > 30_000, 'something is on the picture');
        await page.close();
      },
    );
  }
}

test(
  'what is written on the report can be read: contrast, names of pictures, headings in order',
  { skip },
  async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(written('shop.html'), { scheme, width: 1320 });
      assert.deepEqual(await page.evaluate(FAINT_TEXTS), [], scheme);
      await page.close();
    }
    const { page } = await open(written('shop.html'), { scheme: 'light', width: 1320 });
    const unnamed = await page
      .locator('svg[role=img]')
      .evaluateAll(
        (pictures) =>
          pictures.filter(
            (one) => one.getAttribute('aria-label') === null && one.querySelector('title') === null,
          ).length,
      );
    assert.equal(unnamed, 0, 'every picture has a name');
    const levels = await page
      .locator('h1, h2, h3')
      .evaluateAll((headings) => headings.map((one) => Number(one.tagName.slice(1))));
    for (const [i, level] of levels.entries()) assert.ok(level - (levels[i - 1] ?? 0) <= 1);
    await page.close();
  },
);

/** Texts whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3), as the browser itself is asked. */
const FAINT_TEXTS = `(() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (colour) => (colour.match(/[0-9.]+/gu) ?? []).map(Number);
  const light = ([r, g, b]) =>
    0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || element.closest('details:not([open]) > :not(summary)') !== null) continue;
    if (element.matches('.hidden, .skip')) continue;
    const [over, under] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + element.textContent.trim().slice(0, 40));
  }
  return faint;
})()`;

test(
  'privet observe report writes what control knows, and a browser shows it',
  { skip },
  async () => {
    await api.server.listen({ host: '127.0.0.1', port: 0 });
    const address = api.server.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    writeFileSync(join(directory, 'ca.pem'), api.authorityPem);
    const plain = styleFor({ colour: false });
    let output = '';
    const code = await runCommandLine(
      ['observe', 'report', '--out', 'clinic.html'],
      {
        out: (text) => (output += text),
        err: (text) => (output += text),
        outStyle: plain,
        errStyle: plain,
        interactive: false,
        animated: false,
        env: {
          PRIVET_HOME: join(directory, 'home'),
          PRIVET_CONTROL_URL: `https://127.0.0.1:${port}`,
          PRIVET_AUTHORITY_FILE: join(directory, 'ca.pem'),
          PRIVET_TOKEN: await api.person('ada.auditor', 'auditor'),
        },
        directory,
        nowMs: () => Date.now(),
        ask: () => Promise.reject(new Error('nobody is there')),
        input: () => Promise.resolve(''),
      },
      '0.0.0-test',
    );
    assert.equal(code, 0, output);
    const path = join(directory, 'clinic.html');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { page, complaints, asked } = await open(path, { scheme: 'light', width: 1320 });
    assert.deepEqual([complaints, asked.length], [[], 1]);
    const text = await page.innerText('main');
    assert.match(text, /2 open incidents/u);
    assert.match(text, /demo\.clinic\.visits/u);
    assert.match(text, /0 is a drop/u);
    const boxes = await page.locator('svg.lineage .node').count();
    assert.equal(boxes, 4, 'three tables and a dashboard');
    await page.screenshot({ path: join(directory, 'clinic.png'), fullPage: true });
    await page.close();
  },
);
