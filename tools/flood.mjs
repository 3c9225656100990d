// What a flood of logins costs everybody else: 200 made-up ones a second from as many addresses, while partners read their leads and
// somebody whose browser is known logs in. Part of `make bench`.
//   node tools/flood.mjs [BINARY] [seconds]
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = process.argv[2] ?? `${process.env.CARGO_TARGET_DIR ?? 'target'}/release/partner-portal`;
const seconds = Number(process.argv[3] ?? 20);
const perSecond = 200;
const folder = mkdtempSync(join(tmpdir(), 'portal-flood.'));
const port = execFileSync('node', [new URL('free-port.mjs', import.meta.url).pathname]).toString().trim();
const env = {
  ...process.env,
  DATABASE_URL: `sqlite://${folder}/portal.db`,
  PORTAL_DATA: `${folder}/data`,
  PORTAL_BIND: `127.0.0.1:${port}`,
  PORTAL_TRUSTED_PROXIES: '127.0.0.1',
  PORTAL_LOG: 'error',
  PORTAL_WEB_RATE: '1000',
};
execFileSync(binary, ['demo'], { env });
const server = spawn(binary, ['serve'], { env, stdio: 'ignore' });
const origin = `http://127.0.0.1:${port}`;
const agents = { flood: new Agent({ keepAlive: true, maxSockets: 400 }), others: new Agent({ keepAlive: true }) };

/** Sends one request; answers its status, cookies and how long it took, in milliseconds. */
const send = (agent, method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = request(origin + path, { method, agent, headers: { origin, accept: 'text/html', ...headers } }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode, cookies: answer.headers['set-cookie'] ?? [], ms: performance.now() - began }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
const address = () => Array.from({ length: 4 }, () => 1 + Math.floor(Math.random() * 250)).join('.');
const logIn = (agent, email, password, cookie = '', from = address()) =>
  send(agent, 'POST', '/fn/auth/login', {
    'content-type': 'application/x-www-form-urlencoded',
    'x-forwarded-for': from,
    accept: 'application/json',
    ...(cookie && { cookie }),
  }, new URLSearchParams({ email, password }).toString());
const cookieOf = ({ cookies }) => cookies.map((set) => set.split(';')[0]).join('; ');
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** Reads pages one after the other, and logs in again and again with a known browser, for so long. */
async function measure(cookie) {
  // The browser is known by this one alone: with the session's a login would end it.
  const device = cookie.split('; ').find((one) => one.includes('-device='));
  const end = performance.now() + seconds * 1_000;
  const [pages, logins] = [[], []];
  let most = 0;
  const read = async () => {
    while (performance.now() < end) {
      const { status, ms } = await send(agents.others, 'GET', '/partner/leads', { cookie, 'x-forwarded-for': '198.51.100.7' });
      if (status !== 200) throw new Error(`a page answered ${status}`);
      pages.push(ms);
      most = Math.max(most, memory());
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  const enter = async () => {
    while (performance.now() < end) {
      const { status, ms } = await logIn(agents.others, 'owner@northwind.example', 'sunny-roof-42-leads', device, '198.51.100.8');
      if (status !== 200) throw new Error(`a known browser's login answered ${status}`);
      logins.push(ms);
      await new Promise((done) => setTimeout(done, 500));
    }
  };
  await Promise.all([read(), read(), enter()]);
  for (const list of [pages, logins]) list.sort((one, two) => one - two);
  return { pages, logins, most };
}

let flooding = false;
const answers = new Map();
/** Sends so many made-up logins a second, however slowly they are answered. */
async function flood() {
  const began = performance.now();
  let sent = 0;
  const waiting = new Set();
  while (flooding) {
    const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
    for (; sent < due; sent += 1) {
      const one = logIn(agents.flood, `nobody-${sent}@example.com`, 'guess-guess-guess').then(({ status }) => answers.set(status, (answers.get(status) ?? 0) + 1), () => answers.set('cut', (answers.get('cut') ?? 0) + 1));
      waiting.add(one);
      one.finally(() => waiting.delete(one));
    }
    await new Promise((done) => setTimeout(done, 5));
  }
  await Promise.all(waiting);
  return sent;
}

try {
  for (let tries = 0; ; tries += 1) {
    const up = await send(agents.others, 'GET', '/readyz', {}).catch(() => undefined);
    if (up?.status === 200) break;
    if (tries > 200) throw new Error('the server does not come up');
    await new Promise((done) => setTimeout(done, 50));
  }
  const first = await logIn(agents.others, 'owner@northwind.example', 'sunny-roof-42-leads');
  if (first.status !== 200) throw new Error(`the login answered ${first.status}`);
  const cookie = cookieOf(first);
  const [quiet, before] = [await measure(cookie), memory()];
  flooding = true;
  const flooded = flood();
  await new Promise((done) => setTimeout(done, 2_000));
  const during = await measure(cookie);
  flooding = false;
  const sent = await flooded;
  const row = (name, { pages, logins, most }) =>
    `| ${name} | ${at(pages, 0.5).toFixed(0)} ms | ${at(pages, 0.99).toFixed(0)} ms | ${at(logins, 0.5).toFixed(0)} ms | ${at(logins, 0.99).toFixed(0)} ms | ${most.toFixed(0)} MB |`;
  console.log(`${sent} made-up logins: ${[...answers].map(([status, count]) => `${count} answered ${status}`).join(', ')}; ${before.toFixed(0)} MB before`);
  console.log('| | page p50 | page p99 | login p50 | login p99 | memory at most |\n|---|---|---|---|---|---|');
  console.log(row('quiet', quiet));
  console.log(row(`${perSecond} logins a second`, during));
} finally {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
