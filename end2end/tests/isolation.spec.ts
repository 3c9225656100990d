// Who sees what: never another partner's leads, and of one's own only what the role allows.

import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { contoso, expect, logIn, logOut, names, northwind, post, readCsv, test, visit } from './support.ts';

const hrefs = (page: Page) => names(page).evaluateAll((links) => links.map((link) => link.getAttribute('href')!));

/** The address of a page's newest lead, without the list's state. */
const firstLead = async (page: Page) => (await hrefs(page))[0]!.replace(/\?.*/, '');

const idOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

async function download(page: Page, query = '') {
  const answer = await page.request.get(`/partner/leads/export.csv${query}`);
  expect(answer.status()).toBe(200);
  return readCsv(await answer.text()).map((lead) => lead['Lead ID']!);
}

/** What a page's answer says inside its frame, to the last byte. */
async function mainOf(page: Page, path: string) {
  const answer = await page.request.get(path);
  const main = /<main[^]*<\/main>/.exec(await answer.text());
  return { status: answer.status(), main: main?.[0] };
}

test("another partner's lead is like one that never was", async ({ page }) => {
  await logIn(page, contoso.owner);
  const foreign = await firstLead(page);
  await logOut(page);
  await logIn(page, northwind.owner);

  const answer = await visit(page, foreign);
  expect(answer.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found');

  const [theirs, nobodys] = [await mainOf(page, foreign), await mainOf(page, `/partner/leads/${randomUUID()}`)];
  expect(theirs.status).toBe(404);
  expect(theirs.main).toContain('Not found');
  expect(theirs).toEqual(nobodys);

  const review = await post(page, '/fn/leads/review', { id: idOf(foreign), decision: 'accept' });
  expect(review.status()).toBe(404);
});

test('no query makes the list or the export show the leads of others', async ({ page }) => {
  await logIn(page, contoso.owner);
  const foreign = idOf(await firstLead(page));
  const theirs = new Set(await download(page));
  await logOut(page);
  await logIn(page, northwind.owner);
  const forged = `?partner_id=${randomUUID()}&account_id=${randomUUID()}&after=${foreign}&status=junk&size=999999`;

  await visit(page, '/partner/leads');
  const plain = await hrefs(page);
  await visit(page, `/partner/leads${forged}`);
  expect(await hrefs(page)).toEqual(plain);
  await expect(page.getByRole('alert')).toContainText('“junk” is not a valid value');
  await expect(page.getByRole('alert')).toContainText('“999999” is not a valid value');

  const got = await download(page, forged);
  // Taken afterwards, for other tests may bring leads along meanwhile; none ever goes away.
  const own = new Set(await download(page));
  expect(got.length).toBeGreaterThan(plain.length);
  expect(got.filter((id) => !own.has(id))).toEqual([]);
  expect(got.filter((id) => theirs.has(id))).toEqual([]);
});

test('who looks after the invoices has no leads', async ({ page }) => {
  await logIn(page, northwind.finance, '/partner');
  const answer = await visit(page, '/partner/leads');
  expect(answer.status()).toBe(403);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not available to you');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Leads' })).toHaveCount(0);
  await expect(names(page)).toHaveCount(0);
  expect((await page.request.get('/partner/leads/export.csv')).status()).toBe(403);
});

test('who may only read can neither export nor decide', async ({ page }) => {
  await logIn(page, northwind.viewer);
  await expect(names(page).first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Export CSV' })).toHaveCount(0);
  expect((await page.request.get('/partner/leads/export.csv')).status()).toBe(403);

  const lead = await firstLead(page);
  await visit(page, lead);
  await expect(page.getByRole('heading', { name: 'Lead details' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Your decision' })).toHaveCount(0);
  const review = await post(page, '/fn/leads/review', { id: idOf(lead), decision: 'accept' });
  expect(review.status()).toBe(403);
});

test('a member can export and decide', async ({ page }) => {
  await logIn(page, northwind.member);
  await expect(page.getByRole('link', { name: 'Export CSV' })).toBeVisible();
  await names(page).first().click();
  await expect(page.getByRole('heading', { name: 'Your decision' })).toBeVisible();
  await expect(page.getByText('Reject…')).toBeVisible();
});

test('nobody gets in without a login', async ({ page, request }) => {
  expect((await request.get('/partner/leads/export.csv')).status()).toBe(401);
  for (const path of ['/partner', '/partner/leads', `/partner/leads/${randomUUID()}`]) {
    await page.goto(path);
    await expect(page).toHaveURL(/\/partner\/login/);
  }
});
