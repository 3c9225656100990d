// Leads in by the API, out to a real receiver that checks their signatures with the Standard Webhooks libraries; keys; the log.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { Webhook } from 'standardwebhooks';
import { awake, expect, logIn, logInAdmin, newTag, northwind, contoso, admins, test, visit } from './support.ts';

type Came = { headers: Record<string, string>; body: string };

/** A receiver on this machine that answers as it is told, then 200. */
async function receiver(...answers: number[]) {
  const came: Came[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    came.push({ headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])), body });
    response.writeHead(answers.shift() ?? 200).end('thanks');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/leads`;
  const of = (id: string) => came.filter((one) => one.body.includes(`"${id}"`));
  return { came, url, of, close: () => server.close() };
}

/** What the library of PyPI says. */
async function python(secret: string, { headers, body }: Came) {
  const child = spawn(`${process.env.PORTAL_PYTHON}/bin/python`, ['verify.py'], { cwd: new URL('..', import.meta.url) });
  child.stdin.end(JSON.stringify({ secret, headers, body }));
  let said = '';
  for await (const chunk of child.stdout) said += chunk;
  return said.trim();
}

/** Whether both libraries take it for ours. */
async function isOurs(secret: string, came: Came) {
  let node = true;
  try {
    new Webhook(secret).verify(came.body, came.headers);
  } catch {
    node = false;
  }
  const said = await python(secret, came);
  expect(said === 'ours', `both libraries agree (${said})`).toBe(node);
  return node;
}

/** Makes a key on its page and reads it there. */
async function makeKey(page: Page, ...scopes: string[]) {
  await logInAdmin(page, '/admin/api-keys', admins.owner);
  await page.getByLabel('Name').fill('The CRM');
  for (const scope of scopes) await page.getByLabel(scope, { exact: true }).check();
  await page.getByRole('button', { name: 'Create the key' }).click();
  await expect(page.getByText('This is the new key.')).toBeVisible();
  const key = (await page.locator('code.secret').textContent())!;
  expect(key).toMatch(/^pp_live_[\w-]{43}$/);
  return key;
}

async function push(page: Page, key: string, lead: object) {
  const response = await page.request.post('/api/v1/leads', { data: lead, headers: { authorization: `Bearer ${key}` } });
  expect(response.status(), await response.text()).toBe(201);
}

/** Makes a new secret on the delivery page and reads it there. */
async function newSecret(page: Page, button: string) {
  await page.goto('/partner/profile/delivery');
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: button }).click();
  await expect(page.getByText('This is the new secret.')).toBeVisible();
  return (await page.locator('code.secret').textContent())!;
}

test('a lead pushed by the API reaches a receiver that knows it for ours, through a change of secrets', async ({ page, browser }) => {
  test.slow();
  const tag = newTag();
  const target = await receiver();
  const key = await makeKey(page, 'Create leads', 'Create and change partners', 'Read partners');
  const auth = { authorization: `Bearer ${key}` };
  const made = await page.request.post('/api/v1/partners', { data: { name: `Push ${tag}`, external_ref: tag }, headers: auth });
  expect(made.status()).toBe(201);
  const { id } = await made.json();
  await page.goto(`/admin/partners/${id}/users`);
  await awake(page);
  await page.getByLabel('Name', { exact: true }).fill('Tom Tanner');
  await page.getByLabel('Email', { exact: true }).fill(`${tag}@push.example`);
  await page.getByRole('button', { name: 'Create with a temporary password' }).click();
  const temporary = (await page.locator('code.secret').textContent())!;

  const context = await browser.newContext({ javaScriptEnabled: test.info().project.use.javaScriptEnabled !== false });
  const tom = await context.newPage();
  await tom.goto('/partner/login');
  await tom.getByLabel('Email').fill(`${tag}@push.example`);
  await tom.getByLabel('Password').fill(temporary);
  await tom.getByRole('button', { name: 'Log in' }).click();
  await tom.getByLabel('New password', { exact: true }).fill('seven brass kettles');
  await tom.getByLabel('New password again').fill('seven brass kettles');
  await tom.getByRole('button', { name: 'Set the password and continue' }).click();
  await expect(tom.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await tom.goto('/partner/profile/delivery');
  await tom.waitForLoadState('networkidle');
  await tom.getByLabel('Webhook address').fill(target.url);
  await tom.getByRole('button', { name: 'Save delivery settings' }).click();
  await expect(tom.getByText('Your delivery settings are saved.')).toBeVisible();
  const first = (await tom.locator('code.secret').textContent())!;

  const lead = (n: number) => ({ partner: `ref:${tag}`, external_id: `${tag}-${n}`, name: 'Ada Byron', email: 'ada@lead.example' });
  const arrives = async (n: number) => {
    await push(page, key, lead(n));
    await expect.poll(() => target.of(`${tag}-${n}`).length).toBe(1);
    return target.of(`${tag}-${n}`)[0]!;
  };
  const before = await arrives(1);
  expect(JSON.parse(before.body)).toMatchObject({ type: 'lead.delivered', data: { external_id: `${tag}-1`, name: 'Ada Byron' } });
  expect(await isOurs(first, before)).toBe(true);
  expect(await isOurs(first, { ...before, body: before.body.replace('Ada', 'Eve') })).toBe(false);
  expect(await isOurs(first, { ...before, headers: { ...before.headers, 'webhook-id': 'msg_other' } })).toBe(false);
  const old = String(Number(before.headers['webhook-timestamp']) - 600);
  expect(await isOurs(first, { ...before, headers: { ...before.headers, 'webhook-timestamp': old } })).toBe(false);

  const second = await newSecret(tom, 'Create a new secret');
  const during = await arrives(2);
  expect([await isOurs(first, during), await isOurs(second, during)]).toEqual([true, true]);
  const third = await newSecret(tom, 'Create a new secret');
  const after = await arrives(3);
  expect([await isOurs(first, after), await isOurs(second, after), await isOurs(third, after)]).toEqual([false, true, true]);

  await tom.goto('/partner/profile/delivery/log');
  await expect(tom.locator('tbody tr[data-state=delivered]')).toHaveCount(3);
  await tom.getByRole('button', { name: 'Send a test' }).click();
  await expect(tom.getByText('The test is on its way.')).toBeVisible();
  await expect.poll(() => target.of('webhook.test').length).toBe(1);
  await expect(async () => {
    await tom.reload();
    await expect(tom.getByText('Answered 200')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(tom.getByText('thanks')).toBeVisible();

  await page.goto(`/admin/partners/${id}/delivery`);
  await expect(page.locator('tbody tr')).toHaveCount(4);
  await page.getByText('Send leads again…').click();
  await page.getByLabel('Received from').fill(new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
  await page.getByLabel('to', { exact: true }).fill(new Date(Date.now() + 86_400_000).toISOString().slice(0, 10));
  await page.getByRole('button', { name: 'Send these days' }).click();
  await expect(page.getByText('3 leads are queued again.')).toBeVisible();
  await expect.poll(() => target.of(`${tag}-1`).length).toBe(2);
  expect(target.of(`${tag}-1`)[1]!.headers['webhook-id'], 'the same id').toBe(before.headers['webhook-id']);
  await context.close();
  target.close();
});

test('a key is shown once and opens nothing when it is revoked', async ({ page }) => {
  const key = await makeKey(page, 'Read leads');
  const read = () => page.request.get('/api/v1/leads?limit=1', { headers: { authorization: `Bearer ${key}` } });
  expect((await read()).status()).toBe(200);
  await visit(page, '/admin/api-keys');
  await expect(page.locator('code.secret')).toHaveCount(0);
  const row = page.locator('.rows li').filter({ hasText: key.slice(0, 12) }).first();
  await row.getByText('Revoke…').click();
  await row.getByRole('button', { name: 'Revoke this key' }).click();
  await expect(page.getByText('The key is revoked')).toBeVisible();
  expect((await read()).status()).toBe(401);
  await page.goto('/api/v1');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('HTTP API');
  await logInAdmin(page, '/admin/api-keys', admins.manager);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not available to you');
});

test('another partner’s deliveries are like ones that never were', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/profile/delivery/log');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Deliveries');
  expect((await page.goto('/partner/profile/delivery/log/01890a5d-ac96-774b-bcce-b302099a8057'))!.status()).toBe(404);
  await logIn(page, contoso.owner, '/partner/profile/delivery/log');
  await expect(page.getByRole('heading', { name: 'Nothing was sent yet' })).toBeVisible();
});
