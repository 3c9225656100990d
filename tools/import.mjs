// A file of leads, imported as an admin does it, then one of what became of them, as the partner hands it in: by a browser's upload,
// while the server is killed in the middle of it. Prints what was found, and fails when a row is lost or doubled, when the progress bar
// stands still, or when memory grows.
//   node tools/import.mjs [rows]
// DATABASE_URL names the database; without it there is a fresh SQLite file. A row takes 100 bytes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchOptions } from '../end2end/browser.mjs';
import { freePorts } from './free-port.mjs';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const [rows = 1_000_000] = process.argv.slice(2).map(Number);
const wrongEvery = 1_000;
const wrong = Math.floor(rows / wrongEvery);
const binary = process.env.PORTAL_BINARY ?? `${process.env.CARGO_TARGET_DIR ?? 'target'}/debug/partner-portal`;
const folder = await mkdtemp(join(tmpdir(), 'portal-import-'));
const [port] = await freePorts(1);
const base = `http://127.0.0.1:${port}`;
const environment = {
  ...process.env,
  DATABASE_URL: process.env.DATABASE_URL ?? `sqlite://${folder}/portal.db`,
  PORTAL_DATA: `${folder}/data`,
  PORTAL_SECRET_KEY: '07'.repeat(32),
  PORTAL_LOG: 'warn',
  PORTAL_BIND: `127.0.0.1:${port}`,
  // Each keeps pages of the database at hand, 8 MB at most: what they fill is not what an import takes.
  PORTAL_DATABASE_CONNECTIONS: '2',
};
const sleep = (millis) => new Promise((done) => setTimeout(done, millis));
const thousands = (number) => number.toLocaleString('en');
let server;

/** Memory in megabytes that the process holds, its program not counted in: as it was when it was first asked, and at most. */
const memory = { first: 0, most: 0, growth: 0 };

async function resident() {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8').catch(() => '');
  const now = Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  memory.first ||= now;
  memory.most = Math.max(memory.most, now);
  memory.growth = Math.max(memory.growth, now - memory.first);
}

async function start() {
  server = spawn(binary, ['serve'], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  for (let tries = 0; tries < 600; tries += 1) {
    const ready = await fetch(`${base}/readyz`).catch(() => undefined);
    if (ready?.ok) return;
    await sleep(50);
  }
  throw new Error('the server does not come up');
}

async function writeFile(path) {
  const file = createWriteStream(path);
  file.write('Lead ID,Name,E-Mail,Phone,Date,Note\r\n');
  for (let row = 1; row <= rows; row += 1) {
    // A bad address beside a good number would be a warning alone.
    const contact = row % wrongEvery === 0 ? 'nobody,' : `person-${row}@mail.example,+49 30 ${row}`;
    const line = `R-${row},Person Number ${row},${contact},2026-10-01 08:30,`;
    if (!file.write(`${line.padEnd(98, 'x')}\r\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

/** How many leads the partner has, as its own list says. */
async function leadsOf(page) {
  await page.goto(`${base}/admin/partners?q=contoso`);
  const partner = await page.locator('.row-link').first().getAttribute('href');
  await page.goto(`${base}${partner}/leads`);
  return Number((await page.locator('[data-count]').innerText()).replace(/[^0-9]/g, ''));
}

/** What became of each lead, which is named by its id, its address or its number in turn. */
async function writeOutcomes(path) {
  const file = createWriteStream(path);
  const said = (row) => ['Contacted,,', 'No answer,,', `Sold,${row}.50,`, 'Lost,,Too expensive'][row % 4];
  file.write('Lead ID,E-Mail,Phone,Outcome,Sale value,Comment\r\n');
  for (let row = 1; row <= rows; row += 1) {
    const lead = [`R-${row},,`, `,Person-${row}@mail.example,`, `,,+49 30 ${row}`][row % 3];
    if (!file.write(`${lead},${said(row)}\r\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

/** Hands in a file of outcomes as the partner does, and says what is wrong with what became of it. */
async function recordOutcomes(expected) {
  const path = join(folder, 'outcomes.csv');
  await writeOutcomes(path);
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(`${base}/partner/login?next=/partner/leads/outcomes`);
  await page.waitForLoadState('networkidle');
  await page.getByLabel('Email').fill('owner@contoso.example');
  await page.getByLabel('Password').fill('sunny-roof-42-leads');
  await page.getByRole('button', { name: 'Log in' }).click();
  Object.assign(memory, { first: 0, most: 0, growth: 0 });
  await resident();
  const sampling = setInterval(resident, 100);
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await page.getByRole('heading', { name: 'Columns' }).waitFor();
  await page.waitForLoadState('networkidle');
  const began = Date.now();
  await page.getByRole('button', { name: 'Record the outcomes' }).click();
  await page.getByRole('heading', { name: 'Progress' }).waitFor();
  const { seen, killedAt } = await follow(page);
  clearInterval(sampling);
  const seconds = (Date.now() - began) / 1_000;
  const number = async (name) => Number((await page.locator(`[data-figure=${name}]`).innerText()).replaceAll(',', ''));
  const [added, known, rejected] = [await number('added'), await number('known'), await number('rejected')];
  console.log(`outcomes of ${thousands(rows)} rows: recorded in ${seconds.toFixed(1)} s with a kill at ${killedAt} % and the wait for its lease`);
  console.log(await page.locator('[data-pace]').innerText());
  console.log(`the bar was seen at ${seen.length} places; recorded ${thousands(added)}, known ${known}, rejected ${thousands(rejected)}; memory has grown by ${memory.growth.toFixed(0)} MB`);
  return [
    added !== expected && `${expected} outcomes should have been recorded`,
    known !== 0 && 'outcomes were recorded twice',
    rejected !== wrong && `${wrong} rows about no lead should have been rejected`,
    rows > 10_000 && seen.length < 3 && 'the bar of outcomes did not move',
    memory.growth > 64 && 'memory has grown by more than 64 MB for outcomes',
  ].filter(Boolean);
}

/** Follows an import to its end, on the page that is open, and kills the server once on the way. */
async function follow(page) {
  // The page is never loaded again from here on: what moves, moves by itself.
  const seen = [];
  let killedAt = 0;
  const first = { ...memory };
  while (!(await page.locator('.badge').getByText('Done', { exact: true }).isVisible())) {
    const done = Number(await page.getByRole('progressbar').getAttribute('value'));
    if (seen.at(-1) !== done) seen.push(done);
    if (!killedAt && done >= 30) {
      Object.assign(first, memory);
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
      killedAt = done;
      Object.assign(memory, { first: 0, most: 0 });
      await start();
      await resident();
    }
    await sleep(200);
  }
  return { seen, killedAt, first };
}

let browser;
try {
  const path = join(folder, 'leads.csv');
  await writeFile(path);
  const demo = spawn(binary, ['demo', '--leads', '300'], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  await once(demo, 'exit');
  await start();
  browser = await chromium.launch(launchOptions);
  const page = await browser.newPage();
  const awake = () => page.waitForLoadState('networkidle');
  page.setDefaultTimeout(120_000);
  await page.goto(`${base}/admin/login?next=/admin`);
  await awake();
  await page.getByLabel('Email').fill('owner@brightway.example');
  await page.getByLabel('Password').fill('sunny-roof-42-leads');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out', exact: true }).waitFor();
  const before = await leadsOf(page);
  await page.goto(`${base}/admin/leads/import`);
  await awake();
  await page.getByRole('combobox', { name: 'Partner', exact: true }).fill('Contoso Heating');
  await page.getByRole('option', { name: 'Contoso Heating', exact: true }).click();
  await awake();
  await resident();
  const sampling = setInterval(resident, 100);

  const began = Date.now();
  await page.getByLabel('File').setInputFiles(path);
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await page.getByRole('heading', { name: 'Columns' }).waitFor();
  const uploaded = Date.now();
  await awake();
  await page.getByRole('button', { name: 'Import the leads' }).click();
  await page.getByRole('heading', { name: 'Progress' }).waitFor();
  await awake();

  const { seen, killedAt, first } = await follow(page);
  clearInterval(sampling);
  const seconds = (Date.now() - uploaded) / 1_000;
  const pace = await page.locator('[data-pace]').innerText();
  const number = async (name) => Number((await page.locator(`[data-figure=${name}]`).innerText()).replaceAll(',', ''));
  const [added, known, rejected] = [await number('added'), await number('known'), await number('rejected')];
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\r\n').slice(1);
  const stored = (await leadsOf(page)) - before;

  console.log(`${thousands(rows)} rows: uploaded in ${((uploaded - began) / 1_000).toFixed(1)} s, read in ${seconds.toFixed(1)} s with a kill at ${killedAt} % and the wait for its lease`);
  console.log(pace);
  console.log(`the bar was seen at ${seen.length} places; added ${thousands(added)}, known ${known}, rejected ${thousands(rejected)}; the partner has ${thousands(stored)} more`);
  console.log(`memory held: ${first.first.toFixed(0)} MB at first, ${first.most.toFixed(0)} MB at most before the kill, ${memory.most.toFixed(0)} MB after it; grown by ${memory.growth.toFixed(0)} MB`);
  const faults = [
    added !== rows - wrong && `${rows - wrong} rows should have been added`,
    known !== 0 && 'rows were read twice',
    stored !== rows - wrong && `the partner has ${stored} more leads`,
    rejected !== wrong && `${wrong} rows should have been rejected`,
    lines.length !== wrong && `the file of rejected rows has ${lines.length}`,
    !lines.every((line, index) => line.startsWith(`${(index + 1) * wrongEvery + 1},E-Mail,`)) && 'the file of rejected rows does not name lines and columns',
    rows > 10_000 && seen.length < 3 && 'the bar did not move',
    !killedAt && 'it was over before it could be killed',
    memory.growth > 64 && 'memory has grown by more than 64 MB',
  ].filter(Boolean);
  faults.push(...(await recordOutcomes(stored)));
  if (faults.length > 0) throw new Error(faults.join('; '));
} finally {
  await browser?.close();
  server?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}
