// How long everybody waits while 32 write at once, each kind of change there is, and 8 read.
//   tools/with-server.sh node tools/writers.mjs [seconds] [most milliseconds]
// Fails when an answer is an error or takes longer than that.
const seconds = Number(process.argv[2] ?? 20);
const most = Number(process.argv[3] ?? 2_000);
const { PORTAL_URL: url, PORTAL_KEY: key } = process.env;

async function logIn(area, email) {
  const body = new URLSearchParams({ email, password: 'sunny-roof-42-leads' });
  const answer = await fetch(`${url}/fn/${area}auth/login`, { method: 'POST', headers: { origin: url }, body, redirect: 'manual' });
  const cookie = answer.headers.getSetCookie().map((set) => set.split(';')[0]).join('; ');
  if (!cookie) throw new Error(`${email} cannot log in: ${answer.status}`);
  return { cookie };
}
const api = { authorization: `Bearer ${key}` };
const admin = await logIn('admin/', 'owner@brightway.example');
const owner = await logIn('', 'owner@northwind.example');
const read = async (path) => (await fetch(`${url}/api/v1${path}`, { headers: api })).json();
const { data: partners } = await read('/partners?limit=100');
const partner = partners.find(({ name }) => name.startsWith('Northwind')).id;
const { data: leads } = await read(`/leads?limit=100&partner=${partner}`);

const json = (method, path, body) => ({ method, path: `/api/v1${path}`, who: api, type: 'application/json', body: JSON.stringify(body) });
const form = (who, path, fields) => ({ method: 'POST', path, who, body: new URLSearchParams(fields).toString() });
const page = (who, path) => ({ method: 'GET', path, who });
const line = { description: 'Leads', quantity: '1', unit_price: '10.00', tax_rate: '19' };
const tag = Date.now().toString(36);
let number = 0;
const writes = {
  'an invoice by the API': () => json('POST', '/invoices', { partner, lines: [line], issue: true }),
  'a partner changed by the API': (n) => json('PATCH', `/partners/${partner}`, { phone: `+49 30 ${n}` }),
  '20 leads by the API': (n) => json('POST', '/leads', Array.from({ length: 20 }, (_, i) => ({ partner, external_id: `${tag}-${n}-${i}`, name: 'Ada' }))),
  'a new partner': (n) => form(admin, '/fn/admin/partners/create', { name: `Partner ${tag} ${n}` }),
  'an invitation by an admin': (n) => form(admin, '/fn/admin/partners/invite', { partner, name: 'New', email: `new${n}.${tag}@northwind.example`, role: 'viewer' }),
  'an invitation by a partner': (n) => form(owner, '/fn/users/invite', { name: 'New', email: `colleague${n}.${tag}@northwind.example`, role: 'member' }),
  'a review': (n) => form(owner, '/fn/leads/review', { id: leads[n % leads.length].id, decision: 'accept' }),
  'a key': (n) => form(admin, '/fn/admin/api-keys/create', { name: `Key ${n}`, life: '30', 'scopes[]': 'leads:read' }),
};
const reads = ['/partner/leads', '/partner', '/partner/invoices', '/partner/leads?q=ada'].map((path) => [path, () => page(owner, path)]).concat(
  ['/admin', '/admin/partners', '/admin/audit', '/admin/invoices'].map((path) => [path, () => page(admin, path)]),
);

const waits = new Map();
const failures = [];
const end = performance.now() + seconds * 1_000;
async function goOn(name, make) {
  while (performance.now() < end) {
    const { method, path, who, body, type } = make((number += 1));
    const headers = { origin: url, accept: path.startsWith('/fn') || path.startsWith('/api') ? 'application/json' : 'text/html', ...who };
    if (body) headers['content-type'] = type ?? 'application/x-www-form-urlencoded';
    const began = performance.now();
    const answer = await fetch(url + path, { method, headers, body, redirect: 'manual' });
    const text = await answer.text();
    const waited = performance.now() - began;
    if (!waits.has(name)) waits.set(name, []);
    waits.get(name).push(waited);
    // Who invites that often is told to wait a while; that is an answer like any other.
    if (answer.status >= 400 && answer.status !== 429) failures.push(`${name}: ${answer.status} ${text.slice(0, 200)}`);
    if (waited > most) failures.push(`${name}: ${waited.toFixed(0)} ms`);
  }
}
const kinds = Object.entries(writes);
await Promise.all([...Array.from({ length: 32 }, (_, n) => goOn(...kinds[n % kinds.length])), ...reads.map((one) => goOn(...one))]);
for (const [name, all] of waits) {
  all.sort((a, b) => a - b);
  const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(0);
  console.log(`${name.padEnd(30)} ${String(all.length).padStart(6)} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
}
console.log(failures.length ? `${failures.length} failures:\n${[...new Set(failures)].slice(0, 20).join('\n')}` : `No error, and nobody waited longer than ${most} ms.`);
process.exitCode = failures.length ? 1 : 0;
