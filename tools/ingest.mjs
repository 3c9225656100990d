// How many leads a second the API takes, in batches of 1,000 over four connections.
//   tools/with-server.sh node tools/ingest.mjs [leads]
const leads = Number(process.argv[2] ?? 100_000);
const { PORTAL_URL: url, PORTAL_KEY: key } = process.env;
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const listed = await (await fetch(`${url}/api/v1/partners`, { headers })).json();
const data = listed.data.filter(({ status }) => status === 'active');
const names = ['Ada Byron', 'Grace Hopper', 'Žaneta Nováková', 'Jürgen Groß', 'Łukasz Wójcik'];
const tag = Date.now().toString(36);
const lead = (n) => ({
  partner: data[Math.floor(n / 1_000) % data.length].id,
  external_id: `${tag}-${n}`, name: `${names[n % names.length]} ${n}`, email: `person${n}@lead.example`, phone: `+49 30 ${5_550_000 + n}`,
  campaign: ['Solar', 'Heat pump', 'Wallbox'][n % 3], price: { amount: '25.00', currency: 'EUR' },
  fields: [{ name: 'Roof', value: 'flat' }, { name: 'Postal code', value: String(10_000 + (n % 80_000)) }],
});
const bodies = Array.from({ length: leads / 1_000 }, (_, batch) => JSON.stringify(Array.from({ length: 1_000 }, (_, n) => lead(batch * 1_000 + n))));
const began = performance.now();
const push = async () => {
  for (let body = bodies.pop(); body; body = bodies.pop()) {
    const response = await fetch(`${url}/api/v1/leads`, { method: 'POST', headers, body });
    const { created } = await response.json();
    if (created !== 1_000) throw new Error(`${response.status}: ${created} created`);
  }
};
await Promise.all([push(), push(), push(), push()]);
const seconds = (performance.now() - began) / 1_000;
console.log(`${leads} leads in ${seconds.toFixed(1)} s: ${Math.round(leads / seconds)} a second`);
