// Admins: from a partner's creation to its dashboard, its permissions one by one, its pause; an invoice from the draft to the
// money; viewing as a partner; the audit log.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from '@playwright/test';
import { admins, awake, choose, enter, expect, importLeads, linkIn, logInAdmin, mailTo, names, newTag, northwind, post, scripted, test, visit } from './support.ts';

const own = 'seven brass kettles';
/** A browser of somebody else's. */
async function other(browser: Browser) {
  const context = await browser.newContext({ javaScriptEnabled: scripted() });
  return { page: await context.newPage(), context };
}

async function setPassword(page: Page, secret: string, button: string) {
  await page.getByLabel('New password', { exact: true }).fill(secret);
  await page.getByLabel('New password again').fill(secret);
  await page.getByRole('button', { name: button }).click();
}

/** Creates a partner and says its page's address. */
async function createPartner(page: Page, name: string) {
  await page.goto('/admin/partners/new');
  await awake(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Internal notes').fill('Between us');
  await page.getByRole('button', { name: 'Create the partner' }).click();
  await expect(page.getByText('The partner is created.')).toBeVisible();
  return new URL(page.url()).pathname.replace('/users', '');
}

/** Invites somebody to the partner whose users are shown, and follows the mailed link in a fresh browser. */
async function invite(page: Page, browser: Browser, email: string) {
  const since = Date.now();
  await page.getByLabel('Name', { exact: true }).fill('Ida Wells');
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(page.getByText('The invitation is on its way.')).toBeVisible();
  const mail = await mailTo(email, since);
  expect(mail.text).toContain('/partner/login');
  expect(mail.text).toContain('see leads');
  const theirs = await other(browser);
  await theirs.page.goto(linkIn(mail));
  expect(new URL(theirs.page.url()).pathname, 'the token has left the address').toBe('/partner/invite');
  await setPassword(theirs.page, own, 'Set the password and log in');
  await expect(theirs.page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  return theirs;
}

test('a first admin joins by the link that the command line prints', async ({ page }) => {
  const binary = process.env.PORTAL_BINARY!;
  const email = `${newTag()}@brightway.example`;
  const call = ['create-admin', '--email', email, '--name', 'Nia Novak', '--account', 'brightway'];
  const { stdout } = await promisify(execFile)(binary, call, { cwd: new URL('../..', import.meta.url) });
  const link = new URL(/http\S+/.exec(stdout)![0]);
  await page.goto(link.pathname);
  expect(new URL(page.url()).pathname, 'the token has left the address').toBe('/admin/invite');
  await setPassword(page, own, 'Set the password and log in');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await page.goto(link.pathname);
  await expect(page.getByText('used already, or it has expired')).toBeVisible();
});

test('a partner is created, invited, let in and paused', async ({ page, browser }) => {
  test.slow();
  const tag = newTag();
  await logInAdmin(page, '/admin', admins.manager);
  const partner = await createPartner(page, `Zeta ${tag}`);
  const ida = await invite(page, browser, `${tag}@zeta.example`);
  await expect(ida.page.getByText('Between us')).toHaveCount(0);

  // Each permission off and on again, obeyed by the next request.
  await importLeads(`Zeta ${tag}`, [{ external_id: tag, name: 'Ada Byron', email: `${tag}@lead.example`, price: '12.50', currency: 'EUR' }]);
  const answers = async (path: string) => {
    const status = (await ida.page.goto(path))!.status();
    expect([200, 403]).toContain(status);
    return status === 200;
  };
  const offers = async (path: string, button: string) => {
    expect((await ida.page.goto(path))!.status()).toBe(200);
    return (await ida.page.getByRole('button', { name: button, exact: true }).count()) === 1;
  };
  const exportedText = async () => {
    const response = await ida.page.request.get('/partner/leads/export.csv');
    return response.ok() ? response.text() : '';
  };
  const checks: [string, string, () => Promise<boolean>][] = [
    ['view_leads', 'See leads', () => answers('/partner/leads')],
    ['export_leads', 'Export leads', async () => (await exportedText()).includes('Ada Byron')],
    ['view_lead_price', 'See lead prices', async () => (await exportedText()).includes('12.50')],
    ['review_leads', 'Accept or reject leads', async () => {
      await ida.page.goto('/partner/leads');
      return offers((await names(ida.page).first().getAttribute('href'))!, 'Accept');
    }],
    ['view_invoices', 'See invoices', () => answers('/partner/invoices')],
    ['edit_contact', 'Change contact data', () => offers('/partner/profile', 'Save contact data')],
    ['view_delivery_settings', 'See delivery settings', () => answers('/partner/profile/delivery')],
    ['edit_delivery_settings', 'Change delivery settings', () => offers('/partner/profile/delivery', 'Save delivery settings')],
    ['manage_users', 'Manage users', () => answers('/partner/profile/users')],
  ];
  const choose = async (permission: string, label: string, choice: string, effect: string) => {
    await page.goto(`${partner}/permissions`);
    await awake(page);
    await page.getByRole('combobox', { name: label, exact: true }).selectOption(choice);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Access and permissions are saved.')).toBeVisible();
    await expect(page.locator(`[data-permission=${permission}]`)).toHaveText(effect);
  };
  for (const [permission, label, isOpen] of checks) {
    await choose(permission, label, 'deny', 'No');
    expect(await isOpen(), `${permission} is off`).toBe(false);
    await choose(permission, label, 'allow', 'Yes');
    expect(await isOpen(), `${permission} is on`).toBe(true);
  }

  await page.goto(partner);
  await awake(page);
  await page.getByText('Pause…').click();
  await page.getByRole('button', { name: 'Pause this partner' }).click();
  await expect(page.getByText('The status is changed.')).toBeVisible();
  await ida.page.goto('/partner/leads');
  await expect(ida.page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await ida.context.close();

  await page.goto('/admin/partners?status=paused');
  await expect(page.getByRole('link', { name: `Zeta ${tag}` })).toBeVisible();
  await page.goto(`${partner}/activity`);
  await expect(page.getByText("changed a partner's status")).toBeVisible();
});

test('a temporary password is shown once and changed at the first login', async ({ page, browser }) => {
  const tag = newTag();
  await logInAdmin(page, '/admin', admins.manager);
  await createPartner(page, `Temp ${tag}`);
  const users = new URL(page.url()).pathname;
  await page.getByLabel('Name', { exact: true }).fill('Tom Tanner');
  await page.getByLabel('Email', { exact: true }).fill(`${tag}@temp.example`);
  await page.getByRole('button', { name: 'Create with a temporary password' }).click();
  const secret = (await page.locator('code.secret').textContent())!;
  await page.goto(users);
  await expect(page.getByText('Tom Tanner').first()).toBeVisible();
  await expect(page.locator('code.secret')).toHaveCount(0);
  const tom = await other(browser);
  await tom.page.goto('/partner/login');
  await enter(tom.page, `${tag}@temp.example`, secret);
  await expect(tom.page.getByRole('heading', { level: 1 })).toHaveText('Set your own password');
  await tom.page.goto('/partner/leads');
  await expect(tom.page.getByRole('heading', { level: 1 })).toHaveText('Set your own password');
  await setPassword(tom.page, own, 'Set the password and continue');
  await expect(tom.page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await tom.context.close();
});

test('an invoice goes from the draft to the money', async ({ page, browser }) => {
  test.slow();
  const tag = newTag();
  await logInAdmin(page, '/admin', admins.manager);
  const partner = await createPartner(page, `Bill ${tag}`);
  const email = `${tag}@bill.example`;
  const ida = await invite(page, browser, email);
  await page.goto('/admin/invoices/new');
  await awake(page);
  await choose(page, 'Partner', `Bill ${tag}`);
  await page.getByRole('button', { name: 'Create a draft' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Draft invoice');
  await expect(page.getByText('Add at least one line first.')).toBeVisible();
  await page.getByLabel('Line 1: description').fill('Consulting');
  await page.getByLabel('Line 1: quantity').fill('a few');
  await page.getByLabel('Line 1: unit price').fill('10.01');
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await expect(page.getByRole('alert')).toContainText('enter a number');
  await expect(page.getByLabel('Line 1: description')).toHaveValue('Consulting');
  await page.getByLabel('Line 1: quantity').fill('2.5');
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await expect(page.getByText('The draft is saved.')).toBeVisible();
  await expect(page.getByText('€29.79')).toBeVisible();

  await ida.page.goto('/partner/invoices');
  await expect(ida.page.getByRole('heading', { name: 'No invoices yet' })).toBeVisible();
  const since = Date.now();
  await page.getByRole('button', { name: 'Issue the invoice' }).click();
  await expect(page.getByText('The invoice is issued.')).toBeVisible();
  const heading = (await page.getByRole('heading', { level: 1 }).textContent())!;
  const number = /\d{4}-\d{4,}/.exec(heading)![0];
  expect((await mailTo(email, since)).subject).toContain(number);
  await ida.page.goto('/partner/invoices');
  await ida.page.getByRole('link', { name: number, exact: true }).click();
  await expect(ida.page.getByRole('heading', { level: 1 })).toHaveText(`Invoice ${number}`);
  await expect(ida.page.getByText('Pending').first()).toBeVisible();
  const id = new URL(page.url()).pathname;
  expect((await page.request.get(`${id}/pdf`)).headers()['content-type']).toBe('application/pdf');

  const today = await page.evaluate(() => new Date().toISOString().slice(0, 10)).catch(() => new Date().toISOString().slice(0, 10));
  await page.getByLabel('Paid on').fill(today);
  await page.getByLabel('Reference').fill('TRX 7');
  await page.getByRole('button', { name: 'Mark as paid' }).click();
  await expect(page.getByText('The invoice is marked as paid.')).toBeVisible();
  await ida.page.reload();
  await expect(ida.page.getByText('Paid in full.')).toBeVisible();
  await ida.context.close();
  await page.goto(`${partner}/invoices`);
  await expect(page.getByRole('link', { name: number })).toBeVisible();
});

test('viewing as a partner shows its portal and changes nothing', async ({ page }) => {
  await logInAdmin(page, '/admin/partners?q=northwind', admins.support);
  await page.getByRole('link', { name: northwind.partner }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(northwind.partner);
  const partner = new URL(page.url()).pathname;
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await page.getByRole('button', { name: 'View as partner' }).click();
  await expect(page.getByText('Nothing can be changed or downloaded.')).toBeVisible();
  await page.getByRole('link', { name: 'Leads', exact: true }).click();
  await expect(page.locator('tbody tr').first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Export CSV' })).toHaveCount(0);
  expect((await page.request.get('/partner/leads/export.csv')).status()).toBe(403);
  expect((await post(page, '/fn/profile/save-contact', { company: 'Mine now' })).url()).not.toContain('done=contact');
  await page.goto('/partner/profile');
  await expect(page.getByText('Mine now')).toHaveCount(0);
  await page.getByRole('button', { name: 'Stop viewing' }).click();
  await expect(page).toHaveURL(new RegExp(`${partner}$`));
  expect((await page.goto('/partner/leads'))!.url()).toContain('/partner/login');
});

test('the admin pages are closed to partners, and say so to those whose role does not reach', async ({ page }) => {
  await visit(page, '/partner/login');
  await enter(page, northwind.viewer);
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
  await page.goto('/admin/partners');
  await expect(page.getByRole('heading', { name: 'Log in as an admin' })).toBeVisible();
  await logInAdmin(page, '/admin/invoices/new', admins.support);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not available to you');
  await expect(page.getByText('You may not change invoices here.')).toBeVisible();
});

test('the audit log is filtered, and each event tells its detail', async ({ page }) => {
  await logInAdmin(page, '/admin/audit', admins.owner);
  await page.locator('summary', { hasText: 'Filter' }).click();
  await page.getByLabel('Action').selectOption('login');
  await page.getByLabel('Actor', { exact: true }).selectOption('admin');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/action=login/);
  const first = page.locator('[data-action]').first();
  await expect(first).toContainText('logged in');
  for (const action of await page.locator('[data-action]').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.action))) {
    expect(action).toBe('login');
  }
  await first.locator('summary').click();
  await expect(first.getByText('Exact time')).toBeVisible();
});

test('a table of partners is looked at, then imported', async ({ page }) => {
  const tag = newTag();
  await logInAdmin(page, '/admin/partners/import', admins.manager);
  const table = `Name,Reference,Payment terms,Shoe size\nAlpha ${tag},A-${tag},14,42\n,B-${tag},14,43\nGamma ${tag},C-${tag},soon,44\nDelta ${tag},A-${tag},14,45\n`;
  await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'partners.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('heading', { name: '1 partner to create' })).toBeVisible();
  await expect(page.locator('tbody tr')).toHaveCount(3);
  await expect(page.locator('tbody tr').nth(1)).toContainText('payment terms:');
  await expect(page.locator('tbody tr').nth(2)).toContainText('reference:');
  await expect(page.getByText('ignored', { exact: true })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  const address = page.url();
  await page.getByRole('button', { name: 'Import the partners' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Partners');
  await page.goto(`/admin/partners?q=${tag}`);
  await expect(page.locator('.row-link')).toHaveText([`Alpha ${tag}`]);
  await page.goto(address);
  await expect(page.getByText('This file was imported already')).toBeVisible();

  await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'p.csv', mimeType: 'text/csv', buffer: Buffer.from([0x4e, 0xff, 0xfe]) });
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('alert')).toContainText('No column is called');
});

test('a logo is uploaded, shown to partners and removed', async ({ page, browser }) => {
  // A red square of two by two pixels.
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGM4oKAARAwQCgAejgQBl4tBnAAAAABJRU5ErkJggg==';
  await logInAdmin(page, '/admin/settings/branding', admins.owner);
  const card = page.getByRole('region', { name: 'Logo' });
  const choose = (buffer: Buffer) => card.locator('input[type=file]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer });
  await choose(Buffer.from('<svg/>'));
  await card.getByRole('button', { name: 'Save the logo' }).click();
  await expect(card.getByText('must be a PNG file')).toBeVisible();
  await choose(Buffer.from(png, 'base64'));
  await card.getByRole('button', { name: 'Save the logo' }).click();
  await expect(card.getByText('The logo is saved.')).toBeVisible();
  await expect.poll(() => card.locator('img.logo').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(2);
  const partner = await other(browser);
  await partner.page.goto('/partner/login');
  await enter(partner.page, northwind.owner);
  await expect(partner.page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await expect(partner.page.locator('.brand__mark')).toHaveCSS('background-image', /\/brand\/brightway\/[0-9a-f]+\.png/);
  await partner.context.close();
  await card.getByRole('button', { name: 'Remove the logo' }).click();
  await expect(card.getByText('The logo is removed')).toBeVisible();
  await expect(card.locator('img.logo')).toHaveCount(0);
});
