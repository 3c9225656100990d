// What moves in a page: the server's HTML and the islands have to agree, the code has to keep to the security policy, and the list
// of leads changes while somebody types, chooses and turns pages, its URL always saying what is shown.

import type { Page, Route } from '@playwright/test';
import { counts, expect, importLeads, logIn, names, newTag, northwind, rows, searchBox, test, turnPage, visit } from './support.ts';

/** Waits until the list is another one, in the same document. */
const marker = (page: Page) => page.evaluate(() => (window as { marker?: string }).marker);
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marker: 'the same document' }));
/** What the list asks beside the page. */
const asked = (url: URL) => url.pathname === '/partner/leads';
const announced = (page: Page) => page.locator('p.sr-only[role=status]');

test('login, list and lead come alive without a complaint', async ({ page, complaints }) => {
  await visit(page, '/partner/login');
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await visit(page, '/partner/leads?status=accepted&sort=name&size=25');
  await visit(page, (await names(page).first().getAttribute('href'))!);
  await expect(page.getByRole('heading', { name: 'Lead details' })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a new lead opened by its address comes alive as the viewed one it has become', async ({ page, complaints }) => {
  const tag = newTag();
  const lead = { external_id: tag, name: `Nadia Probe-${tag}`, email: `${tag}@mail.example`, delivered_at: '2024-02-01 09:30' };
  await importLeads(northwind.partner, [lead]);
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}`);
  // Asking for the page and changing the lead happen at once here: what the browser is told must be what it is shown.
  await visit(page, (await names(page).getAttribute('href'))!);
  await expect(page.locator('.page__head .badge')).toHaveText('Viewed');
  expect(complaints).toEqual([]);
});

test('pages allow their own scripts and no others', async ({ page }) => {
  const scripts = async () => {
    const policy = (await (await visit(page, '/partner/login')).headerValue('content-security-policy')) ?? '';
    return /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
  };
  const allowed = await scripts();
  expect(allowed).toContain("'nonce-");
  expect(allowed).not.toContain("'unsafe-inline'");
  expect(allowed).not.toContain("'unsafe-eval'");
  expect(await scripts(), 'a number used once').not.toBe(allowed);
});

test('pages, filters and order change in place, and the way back leads through them', async ({ page, complaints }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await mark(page);
  const first = await names(page).first().textContent();

  await turnPage(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next' }));
  await expect(page).toHaveURL(/after=/);
  await expect(page.locator('#rows'), 'whoever turned the page goes on at its beginning').toBeFocused();
  await page.getByRole('link', { name: 'Name', exact: true }).click();
  await expect(page).toHaveURL(/sort=name/);
  await expect(page.locator('th[aria-sort=ascending]')).toHaveText('Name');
  await page.getByRole('link', { name: '30 days', exact: true }).click();
  await expect(page).toHaveURL(/period=/);
  await expect(page.getByRole('link', { name: '30 days', exact: true })).toHaveAttribute('aria-current', 'true');

  await page.goBack();
  await expect(page).toHaveURL((url) => url.searchParams.get('sort') === 'name' && !url.searchParams.has('period'));
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL('/partner/leads');
  await expect(names(page).first()).toHaveText(first!);
  expect(await marker(page)).toBe('the same document');
  expect(complaints).toEqual([]);
});

test('the list follows the typing, and one step back leads to where it began', async ({ page, complaints }) => {
  const tag = newTag();
  await importLeads(northwind.partner, ['Ada', 'Grace', 'Gracia'].map((name, n) => (
    { external_id: `${tag}-${n}`, name: `${name} ${tag}`, email: `${n}@${tag}.example`, delivered_at: '2024-02-01 09:30' }
  )));
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}`);
  await mark(page);
  await counts(page, 3);
  await searchBox(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' grac', { delay: 40 });
  await counts(page, 2);
  await page.keyboard.type('e', { delay: 40 });
  await counts(page, 1);
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === `${tag} grace`);
  await expect(searchBox(page), 'typing goes on where it was').toBeFocused();
  await expect(searchBox(page)).toHaveValue(`${tag} grace`);
  await expect(announced(page)).toHaveText('1 lead');
  await page.goBack();
  await counts(page, 3);
  await expect(searchBox(page)).toHaveValue(tag);
  expect(await marker(page)).toBe('the same document');
  expect(complaints).toEqual([]);
});

test('an answer that comes too late is not shown', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  const held: Route[] = [];
  await page.route(asked, async (route) => {
    // The first question is answered after the second.
    if (held.length === 0) held.push(route);
    else await route.continue();
  });
  const box = searchBox(page);
  await box.fill('mueller-nobody-has-this-name');
  await expect.poll(() => held.length).toBe(1);
  await box.fill('muller');
  await expect(page).toHaveURL(/q=muller$/);
  await expect(names(page).first()).toContainText(/müller|muller/i);
  await held[0]!.continue();
  await page.waitForTimeout(1_000);
  await expect(page).toHaveURL(/q=muller$/);
  expect(await rows(page).count()).toBeGreaterThan(0);
});

test('without a connection the list stays, and says why', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await page.route(asked, (route) => route.abort());
  await searchBox(page).fill('muller');
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  expect(await rows(page).count()).toBe(50);
  await page.unroute(asked);
  await searchBox(page).press('Enter');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page).toHaveURL(/q=muller/);
});

test('a session that has ended leads to the login and back to the same list', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await page.context().clearCookies();
  await searchBox(page).fill('muller');
  await expect(page).toHaveURL((url) => url.pathname === '/partner/login' && url.searchParams.get('next') === '/partner/leads?q=muller');
});

test('a page whose code does not come works like one without scripts', async ({ page }) => {
  await page.route('**/*.wasm', (route) => route.abort());
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await searchBox(page).fill('muller');
  await searchBox(page).press('Enter');
  await expect(page).toHaveURL(/q=muller/);
  await expect(names(page).first()).toContainText(/müller|muller/i);
  await page.getByText('More filters').click();
  await page.getByRole('combobox', { name: 'Status' }).selectOption('accepted');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/status=accepted/);
});

test('the list works while the network is slow', async ({ page }) => {
  await logIn(page, northwind.member);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 60_000, uploadThroughput: 30_000 });
  await visit(page, '/partner/leads');
  await page.keyboard.press('Tab');
  await searchBox(page).pressSequentially('muller', { delay: 60 });
  await expect(page).toHaveURL(/q=muller$/);
  await expect(searchBox(page)).toHaveValue('muller');
  await expect(names(page).first()).toContainText(/müller|muller/i);
});

test('a link opened in another tab is the link, and the page stays', async ({ page, context }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: '30 days', exact: true }).click({ modifiers: ['ControlOrMeta'] });
  await expect(await opened).toHaveURL(/period=/);
  await expect(page).toHaveURL('/partner/leads');
});

test('searching by keyboard keeps the focus in the search box', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  const box = searchBox(page);
  await box.fill('muller');
  await box.press('Enter');
  await page.waitForURL(/q=muller/);
  await expect(names(page).first()).toContainText(/müller|muller/i);
  await expect(box).toBeFocused();
});
