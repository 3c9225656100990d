// Whether a partner's leads wait for another partner's bad endpoint: how long pushes take to arrive at a good receiver, first
// alone, then beside one that hangs, fails, resets or refuses, with as many leads queued for it.
//   tools/with-server.sh node tools/slow.mjs [leads]

import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';

const leads = Number(process.argv[2] ?? 2_000);
const { PORTAL_URL: url, PORTAL_KEY: key } = process.env;
const sleep = (millis) => new Promise((done) => setTimeout(done, millis));

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}/leads`;
}

const came = new Map();
const good = await listening(createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { data } = JSON.parse(body);
  if (!came.has(data.external_id)) came.set(data.external_id, performance.now());
  response.writeHead(204).end();
}));
const refused = createTcpServer();
const refusing = await listening(refused);
refused.close();
const bad = {
  hangs: await listening(createServer(() => {})),
  fails: await listening(createServer((request, response) => response.writeHead(500).end())),
  resets: await listening(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()))),
  refuses: refusing,
};

async function setUp(email, target) {
  let cookie = '';
  const call = async (path, form) => {
    const response = await fetch(url + path, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams(form),
      headers: { origin: url, accept: 'text/html', cookie, 'content-type': 'application/x-www-form-urlencoded' },
    });
    // The session, and that somebody has logged in here before.
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    if (set.length > 0) cookie = set.join('; ');
    return response.headers.get('location') ?? '';
  };
  await call('/fn/auth/login', [['email', email], ['password', 'sunny-roof-42-leads']]);
  const saved = await call('/fn/profile/save-delivery', [['webhook_url', target], ['email_mode', 'off'], ['fields[]', 'name']]);
  if (saved.includes('__err')) throw new Error(`${email} cannot be set up: ${saved}`);
}

const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const partners = (await (await fetch(`${url}/api/v1/partners?limit=100`, { headers })).json()).data;
const idOf = (email) => partners.find(({ name }) => name.toLowerCase().startsWith(/@(\w+)/.exec(email)[1]))?.id;

async function push(partner, tag, from, count) {
  const batch = Array.from({ length: count }, (_, n) => ({ partner, external_id: `${tag}-${from + n}`, name: `Lead ${from + n}` }));
  const response = await fetch(`${url}/api/v1/leads`, { method: 'POST', headers, body: JSON.stringify(batch) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** Ten leads at a time, a pause between; how long each took from the answer of the API to its arrival. */
async function measure(tag) {
  const sent = new Map();
  for (let from = 0; from < leads; from += 10) {
    await push(idOf('owner@northwind.example'), tag, from, 10);
    for (let n = 0; n < 10; n += 1) sent.set(`${tag}-${from + n}`, performance.now());
    await sleep(50);
  }
  for (const end = Date.now() + 60_000; [...sent.keys()].some((id) => !came.has(id)); await sleep(50)) {
    if (Date.now() > end) throw new Error('not every lead has come');
  }
  const delays = [...sent].map(([id, at]) => came.get(id) - at).sort((one, two) => one - two);
  const at = (share) => `${Math.round(delays[Math.min(delays.length - 1, Math.floor(delays.length * share))])} ms`;
  console.log(`${tag}: ${leads} leads, from the API's answer to the receiver: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`);
}

await setUp('owner@northwind.example', good);
await measure('alone');
for (const [kind, target] of Object.entries(bad)) {
  await setUp('owner@contoso.example', target);
  for (let from = 0; from < leads; from += 1_000) await push(idOf('owner@contoso.example'), kind, from, 1_000);
  await measure(`beside one that ${kind}`);
}
process.exit(0);
