// Every page, in light and dark, on a desk and on a phone: readable and operable.

import { randomUUID } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { admins, awake, choose, contoso, enter, expect, logIn, logInAdmin, names, newTag, northwind, test, visit } from './support.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function examine(page: Page, title: string) {
  await expect(page).toHaveTitle(`${title} · Partner Portal`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
    const faults = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
    expect(faults, `${title}, ${colorScheme}`).toEqual([]);
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, 'nothing to scroll sideways').toBeLessThanOrEqual(page.viewportSize()!.width);
}

test('the login', async ({ page }) => {
  await visit(page, '/partner/login');
  await examine(page, 'Log in');
});

test('the leads', async ({ page }) => {
  await logIn(page, northwind.owner);
  await visit(page, '/partner/leads');
  await expect(names(page).first()).toBeVisible();
  await examine(page, 'Leads');
});

test('a search that finds nothing, with all filters in sight', async ({ page }) => {
  await logIn(page, northwind.owner);
  await visit(page, `/partner/leads?q=${newTag()}&status=accepted`);
  await expect(page.getByRole('heading', { name: 'No lead matches' })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Status' })).toBeVisible();
  await examine(page, 'Leads');
});

test('a lead, with the form to reject it', async ({ page }) => {
  await logIn(page, northwind.owner);
  const name = await names(page).first().textContent();
  await visit(page, (await names(page).first().getAttribute('href'))!);
  await page.locator('summary', { hasText: 'Reject' }).click();
  await expect(page.getByRole('combobox', { name: 'Reason' })).toBeVisible();
  await examine(page, name!);
});

test('a lead with an outcome, all forms in sight, as the partner and as staff see it', async ({ page }) => {
  test.slow();
  await logIn(page, northwind.owner, '/partner/leads?outcome=sold');
  const name = await names(page).first().textContent();
  const lead = (await names(page).first().getAttribute('href'))!;
  await visit(page, lead);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  await examine(page, name!);
  await logInAdmin(page, lead.replace('/partner', '/admin'));
  await examine(page, name!);
});

test('a lead with a return, as the partner and as staff see it', async ({ page }) => {
  test.slow();
  await logIn(page, contoso.owner, '/partner/leads?return=requested');
  const name = await names(page).first().textContent();
  const lead = (await names(page).first().getAttribute('href'))!;
  await visit(page, lead);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  await examine(page, name!);
  await logInAdmin(page, lead.replace('/partner', '/admin'));
  await examine(page, name!);
});

test('a page that is not for this role', async ({ page }) => {
  await logIn(page, northwind.finance, '/partner');
  expect((await visit(page, '/partner/leads')).status()).toBe(403);
  await examine(page, 'Not available to you');
});

for (const [kind, path] of [['a lead that is not there', `/partner/leads/${randomUUID()}`], ['an address without a page', '/nowhere']] as const) {
  test(kind, async ({ page }) => {
    await logIn(page, northwind.owner);
    expect((await visit(page, path)).status()).toBe(404);
    await examine(page, 'Not found');
  });
}

for (const [title, path] of [
  ['Dashboard', '/partner'],
  ['Reports', '/partner/reports'],
  ['Invoices', '/partner/invoices'],
  ['Contact', '/partner/profile'],
  ['Delivery', '/partner/profile/delivery'],
  ['Deliveries', '/partner/profile/delivery/log'],
  ['Security', '/partner/profile/security'],
  ['Activity', '/partner/profile/activity'],
  ['Users', '/partner/profile/users'],
  ['API', '/partner/profile/api'],
  ['Import outcomes', '/partner/leads/outcomes'],
] as const) {
  test(`the page ${path}`, async ({ page }) => {
    await logIn(page, northwind.owner, path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
    // What is folded away counts as well.
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
    await examine(page, path.includes('/profile') ? `${title} · Profile` : title);
  });
}

test('the description of the API', async ({ page }) => {
  await page.goto('/api/v1');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
    expect(violations.map(({ id }) => id), colorScheme).toEqual([]);
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, 'nothing to scroll sideways').toBeLessThanOrEqual(page.viewportSize()!.width);
});

test('an invoice', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/invoices');
  const number = await page.locator('.row-link').first().textContent();
  await visit(page, (await page.locator('.row-link').first().getAttribute('href'))!);
  await examine(page, `Invoice ${number}`);
});

for (const [title, path] of [
  ['Forgot your password?', '/partner/forgot-password?sent=1'],
  ['Set a new password', '/partner/reset-password'],
  ['Welcome', '/partner/invite'],
  ['Confirm your new address', '/partner/confirm-email'],
  ['Enter a code', '/partner/login/code'],
  ['End all sessions', '/partner/end-sessions'],
] as const) {
  test(`the visitors' page ${path}`, async ({ page }) => {
    await visit(page, path);
    await examine(page, title);
  });
}

for (const [title, path] of [
  ['Overview', '/admin'],
  ['Partners', '/admin/partners'],
  ['New partner', '/admin/partners/new'],
  ['Import partners', '/admin/partners/import'],
  ['Leads', '/admin/leads'],
  ['Reports', '/admin/reports?by=partner'],
  ['Returns', '/admin/returns'],
  ['Returns', '/admin/returns?view=decided'],
  ['Import leads', '/admin/leads/import'],
  ['Invoices', '/admin/invoices'],
  ['New invoice', '/admin/invoices/new'],
  ['Audit log', '/admin/audit'],
  ['General · Settings', '/admin/settings'],
  ['Branding · Settings', '/admin/settings/branding'],
  ['Permissions · Settings', '/admin/settings/permissions'],
  ['Leads · Settings', '/admin/settings/leads'],
  ['Returns · Settings', '/admin/settings/returns'],
  ['Invoices · Settings', '/admin/settings/invoices'],
  ['Mails · Settings', '/admin/settings/mails'],
  ['Security · Settings', '/admin/settings/security'],
  ['Audit log · Settings', '/admin/settings/audit-log'],
  ['Admins', '/admin/users'],
  ['Your account', '/admin/account'],
  ['API keys', '/admin/api-keys'],
] as const) {
  test(`the admin page ${path}`, async ({ page }) => {
    await logInAdmin(page, path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title.split(' · ')[0]!);
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
    await examine(page, title);
  });
}

test('two-factor authentication and the proof of who one is', async ({ page }) => {
  await visit(page, '/admin/login');
  await enter(page, admins.support);
  await expect(page.getByRole('button', { name: 'Log out', exact: true })).toBeVisible();
  for (const [title, path] of [
    ['Confirm your login', '/admin/confirm'],
    ['Two-factor authentication', '/admin/two-factor'],
  ] as const) {
    await visit(page, path);
    await examine(page, title);
  }
  if (await page.getByRole('button', { name: 'Set it up' }).isVisible()) await page.getByRole('button', { name: 'Set it up' }).click();
  await expect(page.getByLabel('Code', { exact: true })).toBeVisible();
  await examine(page, 'Two-factor authentication');
});

test('the admin pages about one partner', async ({ page }) => {
  test.slow();
  await logInAdmin(page, '/admin/partners?q=northwind');
  const partner = (await page.locator('.row-link').first().getAttribute('href'))!;
  for (const [title, path] of [
    ['Overview', ''],
    ['Users', '/users'],
    ['Permissions', '/permissions'],
    ['Delivery', '/delivery'],
    ['Leads', '/leads'],
    ['Returns', '/returns'],
    ['Invoices', '/invoices'],
    ['Activity', '/activity'],
  ] as const) {
    await visit(page, partner + path);
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
    await examine(page, `${title} · Northwind Solar`);
  }
});

test('a file of leads, looked at and read', async ({ page }) => {
  test.slow();
  await logInAdmin(page, '/admin/leads/import');
  await choose(page, 'Partner', 'Northwind Solar');
  const buffer = Buffer.from('Name,Email\nAda,ada@mail.example\nBob,nobody\n');
  await page.getByLabel('File').setInputFiles({ name: 'a11y.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await expect(page.getByRole('heading', { name: 'Columns' })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  await examine(page, 'a11y.csv');
  await page.getByRole('button', { name: 'Import the leads' }).click();
  await expect(page.locator('.badge').getByText('Done', { exact: true })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  await examine(page, 'a11y.csv');
});

test('a file of partners, looked at', async ({ page }) => {
  await logInAdmin(page, '/admin/partners/import');
  await page.getByLabel('Or paste rows').fill('Name,Payment terms,Shoe size\nAlpha,14,42\nBeta,soon,43\n');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('heading', { name: '1 partner to create' })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  await examine(page, 'Import partners');
});

test('the admin invoice, issued and draft', async ({ page }) => {
  await logInAdmin(page, '/admin/invoices?status=overdue');
  const number = await page.locator('.row-link').first().textContent();
  await visit(page, (await page.locator('.row-link').first().getAttribute('href'))!);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  await examine(page, `Invoice ${number}`);
  await visit(page, '/admin/invoices/new');
  await page.getByRole('button', { name: 'Create a draft' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Draft invoice');
  await page.waitForLoadState();
  await awake(page);
  await examine(page, 'Draft invoice');
});

for (const [title, path] of [
  ['Log in as an admin', '/admin/login'],
  ['Forgot your password?', '/admin/forgot-password?sent=1'],
  ['Set a new password', '/admin/reset-password'],
  ['Welcome', '/admin/invite'],
  ['Confirm your new address', '/admin/confirm-email'],
  ['Set up the portal', '/admin/setup'],
] as const) {
  test(`the admin visitors’ page ${path}`, async ({ page }) => {
    await visit(page, path);
    await examine(page, title);
  });
}
