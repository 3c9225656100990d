// `cargo leptos watch`, as somebody uses it who works on the portal: in a copy of the checkout it is started as it is, a page is
// opened in a browser, a colour and then a text are changed in the source, and each has to arrive in the open page by itself;
// then Ctrl-C has to end all of it.
//   node tools/watch.mjs
// The copy has a database, a site folder and ports of its own, and shares the target folder of $CARGO_TARGET_DIR.

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, linkSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchOptions } from '../end2end/browser.mjs';
import { freePorts } from './free-port.mjs';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const target = resolve(process.env.CARGO_TARGET_DIR ?? 'target');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portal-watch-')));
const copy = join(folder, 'checkout');
const run = (command, ...call) => execFileSync(command, call, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });

let begun = Date.now();
/** Says what was found, and how long it took since the last time. */
function tell(what) {
  console.log(`${((Date.now() - begun) / SECOND).toFixed(1).padStart(7)} s  ${what}`);
  begun = Date.now();
}

/** Changes one thing in a file of the copy. */
function edit(file, before, after) {
  const old = readFileSync(join(copy, file), 'utf8');
  if (!(before instanceof RegExp ? before.test(old) : old.includes(before))) throw new Error(`${file} has no ${before} any more; change tools/watch.mjs with it`);
  writeFileSync(join(copy, file), old.replace(before, after));
}

function makeCopy() {
  for (const file of run('git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0')) {
    // With the times of the originals, by which Cargo tells what it has built already.
    if (existsSync(file)) cpSync(file, join(copy, file), { preserveTimestamps: true, verbatimSymlinks: true });
  }
  // What Cargo builds from another copy of a crate has the same place in the target folder, and it would take what is built here,
  // from changed sources, for its own. A version of its own keeps the crate that is changed, and all that depend on it, apart.
  edit('app/Cargo.toml', /^version.*$/m, 'version = "0.0.0-watch"');
  edit('Cargo.lock', /^(name = "app"\nversion = ).*$/m, '$1"0.0.0-watch"');
}

/** The toolchain that tools/setup.sh set for this checkout, if it did: such an override belongs to a folder. */
function toolchain() {
  try {
    return /^(\S+) \(directory override/.exec(run('rustup', 'show', 'active-toolchain'))?.[1];
  } catch {
    return undefined;
  }
}

function listens(port) {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => answer(true) ?? socket.destroy());
    socket.once('error', () => answer(false));
  });
}

/** Every process that was started for this test, whatever group it is in: they all have its folder in their environment. */
function ours() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`).includes(`WATCH_TEST=${folder}\0`);
      } catch {
        return false;
      }
    })
    .map((pid) => ({ pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }));
}

const binary = join(target, 'debug/partner-portal');
const kept = `${binary}.kept`;
let watch;
let browser;
let override = false;
function cleanUp() {
  for (const { pid } of ours()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  if (override) run('rustup', 'override', 'unset', '--path', copy);
  override = false;
  // Cargo laid the binary of the changed sources where the checkout's was.
  if (existsSync(kept)) renameSync(kept, binary);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });
}

let log = '';
/** Waits for something, but no longer than a build that fails. */
async function until(what, limit, condition) {
  const from = log.length;
  const end = Date.now() + limit;
  while (!(await condition())) {
    const news = log.slice(from);
    if (watch.exitCode !== null || watch.signalCode !== null) throw new Error(`cargo leptos watch ended while waiting for ${what}`);
    if (/^(error(\[E\d+\])?:|thread .* panicked)|Build failed/m.test(news)) throw new Error(`the build failed while waiting for ${what}`);
    if (Date.now() > end) throw new Error(`${what} did not come within ${limit / SECOND} s`);
    await sleep(100);
  }
}

async function test() {
  makeCopy();
  const channel = toolchain();
  if (channel) {
    run('rustup', 'override', 'set', channel, '--path', copy);
    override = true;
  }
  rmSync(kept, { force: true });
  if (existsSync(binary)) linkSync(binary, kept);
  const [port, reloadPort] = await freePorts(2);
  const address = `127.0.0.1:${port}`;
  const environment = {
    ...process.env,
    CARGO_TARGET_DIR: target,
    CARGO_TERM_COLOR: 'never',
    NO_COLOR: '1',
    DATABASE_URL: `sqlite://${folder}/portal.db`,
    LEPTOS_SITE_ADDR: address,
    LEPTOS_RELOAD_PORT: String(reloadPort),
    LEPTOS_SITE_ROOT: join(copy, 'target/site'),
    WATCH_TEST: folder,
  };
  // make's own, which would have Cargo look for make's job server.
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL']) delete environment[name];
  tell(`the checkout is copied to ${copy}`);

  // In a process group of its own, as a shell gives it one.
  watch = spawn('cargo', ['leptos', 'watch'], { cwd: copy, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [watch.stdout, watch.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  await until('the portal', 40 * MINUTE, async () => (await fetch(`http://${address}/partner/login`, { signal: AbortSignal.timeout(10 * SECOND) }).catch(() => undefined))?.ok);
  tell(`cargo leptos watch has built and started the portal; it answers at ${address}`);
  await until('the logins of the demo account', 10 * SECOND, () => log.includes('owner@northwind.example'));

  browser = await chromium.launch({ ...launchOptions, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false });
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  const silent = () => {
    if (complaints.length) throw new Error(`the page complained:\n${complaints.join('\n')}`);
  };
  const socket = page.waitForEvent('websocket', { timeout: MINUTE });
  await page.goto(`http://${address}/partner/login`, { waitUntil: 'load' });
  const url = (await socket).url();
  if (new URL(url).port !== String(reloadPort)) throw new Error(`the page listens for changes at ${url}, not on port ${reloadPort}`);
  await page.waitForLoadState('networkidle');
  silent();
  await page.evaluate(() => Object.assign(window, { opened: 'by the test' }));
  const opened = () => page.evaluate(() => window.opened).catch(() => undefined);
  await page.getByLabel('Email').fill('typed@northwind.example');
  tell('the page is open and listens for changes');

  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor).catch(() => undefined);
  edit('style/_tokens.scss', /--ground: [^;]*;/, '--ground: rgb(1 2 3);');
  await until('the new colour', 2 * MINUTE, async () => (await ground()) === 'rgb(1, 2, 3)');
  if ((await opened()) !== 'by the test') throw new Error('the page was loaded anew for a colour');
  if ((await page.getByLabel('Email').inputValue()) !== 'typed@northwind.example') throw new Error('what was typed went away with a colour');
  tell('a colour that was changed in the source is in the open page; what was typed is still there');

  edit('app/src/auth/login_page.rs', '"See your leads, invoices and profile."', '"This sentence was changed while the page was open."');
  const sentence = page.getByText('This sentence was changed while the page was open.');
  await until('the new text', 30 * MINUTE, () => sentence.isVisible().catch(() => false));
  tell('a text that was changed in the source is in the open page');
  if (await opened()) throw new Error('the page shows the new text and was not loaded anew');
  await page.waitForLoadState('networkidle');
  if ((await ground()) !== 'rgb(1, 2, 3)') throw new Error('the colour went away with the text');
  silent();

  // As a terminal does it: to the whole group. The page stays open, and must not keep the portal.
  process.kill(-watch.pid, 'SIGINT');
  const end = Date.now() + 30 * SECOND;
  const left = async () => [...ours().map(({ pid, name }) => `${name} (${pid})`), ...((await listens(port)) ? [`port ${port}`] : []), ...((await listens(reloadPort)) ? [`port ${reloadPort}`] : [])];
  while ((await left()).length) {
    if (Date.now() > end) throw new Error(`half a minute after Ctrl-C there are still: ${(await left()).join(', ')}`);
    await sleep(50);
  }
  // After ten seconds cargo-leptos loses patience and kills the portal.
  if (Date.now() > end - 20 * SECOND) throw new Error('the portal did not end by itself');
  tell(`Ctrl-C has ended cargo-leptos (code ${watch.exitCode}) and the portal`);
}

try {
  await test();
  console.log('cargo leptos watch: all of it holds.');
} catch (error) {
  console.error(`\ncargo leptos watch: ${error.message}\n\nThe last of its output:\n${log.split('\n').slice(-60).join('\n')}`);
  process.exitCode = 1;
} finally {
  await browser?.close().catch(() => {});
  cleanUp();
}
