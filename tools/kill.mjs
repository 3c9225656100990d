// Pushes leads through the API while the portal's processes are killed at random and the key that seals secrets is changed, and
// counts: none may be lost, none doubled, every webhook delivered at least once, under one id for each lead, signed right. Afterwards
// the old key is taken away.
//   node tools/kill.mjs [leads] [kills] [processes]
// DATABASE_URL names the database; several processes need PostgreSQL. Prints what was found; fails when a line does not hold.

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-port.mjs';

const [leads = 100_000, kills = 10, processes = 1] = process.argv.slice(2).map(Number);
const binary = process.env.PORTAL_BINARY ?? `${process.env.CARGO_TARGET_DIR ?? 'target'}/debug/partner-portal`;
const [oldKey, newKey] = ['07'.repeat(32), '08'.repeat(32)];
const folder = await mkdtemp(join(tmpdir(), 'portal-kill-'));
const environment = {
  ...process.env,
  DATABASE_URL: process.env.DATABASE_URL ?? `sqlite://${folder}/portal.db`,
  PORTAL_DATA: `${folder}/data`,
  PORTAL_SECRET_KEYS: oldKey,
  PORTAL_LOG: 'error',
  PORTAL_API_RATE: '100000',
  PORTAL_WEB_RATE: '100000',
  PORTAL_WEBHOOK_PRIVATE: 'true',
};
const sleep = (millis) => new Promise((done) => setTimeout(done, millis));
const ports = await freePorts(processes);
const running = new Map();

async function run(...call) {
  const child = spawn(binary, call, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${call} failed`);
}

async function start(port) {
  const child = spawn(binary, ['serve'], { env: { ...environment, PORTAL_BIND: `127.0.0.1:${port}` }, stdio: ['ignore', 'ignore', 'inherit'] });
  running.set(port, child);
  for (let tries = 0; tries < 600; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (ready?.ok) return;
    await sleep(50);
  }
  throw new Error('the server does not come up');
}

async function restart(port) {
  const child = running.get(port);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await start(port);
}

// The receiver: notes what comes.
const seen = new Map();
let requests = 0;
const secrets = [];
let unsigned = 0;
const isSigned = ({ headers }, body) =>
  secrets.some((secret) => {
    const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'));
    const signature = mac.update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64');
    return headers['webhook-signature'].split(' ').includes(`v1,${signature}`);
  });
const receiver = createServer(async (request, response) => {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) body += chunk;
  requests += 1;
  if (!isSigned(request, body)) unsigned += 1;
  const { data } = JSON.parse(body);
  const ids = seen.get(data.external_id) ?? new Set();
  seen.set(data.external_id, ids.add(`${data.lead_id} ${request.headers['webhook-id']}`));
  response.writeHead(204).end();
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');

// A browser without a page.
async function logIn(path, email) {
  const base = `http://127.0.0.1:${ports[0]}`;
  let cookie = '';
  const call = async (url, form) => {
    const response = await fetch(base + url, {
      method: form ? 'POST' : 'GET',
      headers: { origin: base, accept: 'text/html', cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
      body: form && new URLSearchParams(form),
      redirect: 'manual',
    });
    // The session, and that somebody has logged in here before.
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    if (set.length > 0) cookie = set.join('; ');
    return response.text();
  };
  await call(path, [['email', email], ['password', 'sunny-roof-42-leads']]);
  return call;
}

let failed = false;
const check = (holds, text) => {
  console.log(`${holds ? 'holds' : 'DOES NOT HOLD'}: ${text}`);
  failed ||= !holds;
};

try {
  await run('demo');
  for (const port of ports) await start(port);
  const admin = await logIn('/fn/admin/auth/login', 'owner@brightway.example');
  await admin('/fn/admin/api-keys/create', [['name', 'Kill'], ['life', '30'], ['scopes[]', 'leads:write'], ['scopes[]', 'leads:read'], ['scopes[]', 'partners:read']]);
  const key = /pp_live_[\w-]{43}/.exec(await admin('/admin/api-keys'))[0];
  const authorization = `Bearer ${key}`;
  const target = `http://127.0.0.1:${receiver.address().port}/leads`;
  const names = ['northwind', 'contoso'];
  for (const name of names) {
    const partner = await logIn('/fn/auth/login', `owner@${name}.example`);
    const parts = ['name', 'email'].map((part) => ['fields[]', part]);
    await partner('/fn/profile/save-delivery', [['webhook_url', target], ['email_mode', 'off'], ...parts]);
    secrets.push(/whsec_[\w+/]+=*/.exec(await partner('/partner/profile/delivery'))[0]);
  }
  // The new key comes behind the old one first, so that every process knows it before any seals with it.
  for (const keys of [[oldKey, newKey], [newKey, oldKey]]) {
    environment.PORTAL_SECRET_KEYS = keys.join(',');
    for (const port of ports) await restart(port);
  }
  const listed = await (await fetch(`http://127.0.0.1:${ports[0]}/api/v1/partners`, { headers: { authorization } })).json();
  const partners = listed.data.filter(({ name }) => /Northwind|Contoso/.test(name)).map(({ id }) => id);
  if (partners.length !== 2) throw new Error('the demo account has other partners');

  const began = Date.now();
  let next = 0, repeated = 0, killed = 0;
  const size = 200;
  const push = async () => {
    while (next < leads) {
      const from = next;
      next += size;
      const batch = Array.from({ length: Math.min(size, leads - from) }, (_, index) => ({
        partner: partners[(from / size) % 2], external_id: `K-${from + index}`, name: `Lead ${from + index}`, email: `k${from + index}@lead.example`,
      }));
      for (;;) {
        const port = ports[Math.floor(Math.random() * ports.length)];
        const response = await fetch(`http://127.0.0.1:${port}/api/v1/leads`, {
          method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(batch),
        }).catch(() => undefined);
        const answer = response?.ok ? await response.json().catch(() => undefined) : undefined;
        if (answer && answer.created + answer.known === batch.length) break;
        repeated += 1;
        await sleep(100);
      }
    }
  };
  const killing = (async () => {
    while (killed < kills) {
      await sleep(300 + Math.random() * 2_500);
      const port = ports[Math.floor(Math.random() * ports.length)];
      await restart(port);
      killed += 1;
    }
  })();
  let rotations = 0;
  const rotating = (async () => {
    while (rotations < 3) {
      await sleep(500);
      await run('rotate-keys');
      rotations += 1;
    }
  })();
  await Promise.all([push(), push(), push(), push(), killing, rotating]);
  const pushed = Date.now();
  // Endpoints of a process that died are free again when its lease ends, after a minute.
  for (let quiet = 0; seen.size < leads && quiet < 1_500; quiet += 1) {
    const before = seen.size;
    await sleep(100);
    if (seen.size > before) quiet = 0;
  }
  const arrived = Date.now();

  const stored = new Map();
  let doubled = 0;
  for (const partner of partners) {
    for (let cursor = ''; ; ) {
      const url = `http://127.0.0.1:${ports[0]}/api/v1/leads?limit=1000&partner=${partner}${cursor}`;
      const { data, next_cursor } = await (await fetch(url, { headers: { authorization } })).json();
      for (const lead of data.filter(({ external_id }) => external_id.startsWith('K-'))) {
        if (stored.has(lead.external_id)) doubled += 1;
        stored.set(lead.external_id, lead.id);
      }
      if (!next_cursor) break;
      cursor = `&cursor=${next_cursor}`;
    }
  }
  const counted = requests;
  environment.PORTAL_SECRET_KEYS = newKey;
  for (const port of ports) await restart(port);
  const last = partners.map((partner) => ({ partner, external_id: `LAST-${partner}`, name: 'Last', email: 'last@lead.example' }));
  await fetch(`http://127.0.0.1:${ports[0]}/api/v1/leads`, {
    method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(last),
  });
  // A process that was killed a moment ago holds its endpoints for a minute.
  const arrivedLast = () => last.every(({ external_id }) => seen.has(external_id));
  for (let tries = 0; !arrivedLast() && tries < 900; tries += 1) await sleep(100);
  const lastArrived = arrivedLast();
  for (const { external_id } of last) seen.delete(external_id);
  const logIsWhole = await run('verify-audit').then(() => true, () => false);

  console.log(`${leads} leads, ${processes} process(es), ${killed} kills, ${repeated} batches sent again, ${rotations} changes of the key, ${counted} webhook requests`);
  console.log(`pushed in ${((pushed - began) / 1_000).toFixed(1)} s, all arrived after ${((arrived - began) / 1_000).toFixed(1)} s`);
  check(stored.size === leads, `none is lost in the database (${stored.size})`);
  check(doubled === 0, `none is doubled there (${doubled})`);
  check(seen.size === leads, `every webhook was delivered at least once (${seen.size})`);
  check([...seen.values()].every((ids) => ids.size === 1), 'every lead kept one id and one webhook-id');
  check(unsigned === 0, `every webhook was signed with its partner's secret (${unsigned} were not)`);
  check(lastArrived, 'the new key alone is enough to deliver');
  check(logIsWhole, 'the audit log is whole');
  check([...seen].every(([external, ids]) => [...ids][0].startsWith(stored.get(external))), 'the ids are those of the database');
} finally {
  for (const child of running.values()) child.kill('SIGKILL');
  receiver.close();
  receiver.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
