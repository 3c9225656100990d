// A partner user's whole life here: invited, logged in, the profile changed, the password forgotten and reset.
//
// Passwords are changed only of users that the test itself has invited: the demo's users belong to all tests.

import type { Browser, Page } from '@playwright/test';
import { enter, expect, linkIn, logIn, logOut, mailTo, newTag, northwind, scripted, test, visit } from './support.ts';

const first = 'seven brass kettles';
const second = 'nine wooden ladders';
const third = 'four silver thimbles';

/** Has the owner invite somebody, and follows the mailed link in a browser of its own. */
async function invited(page: Page, browser: Browser, role: string) {
  const email = `${newTag()}@northwind.example`;
  await logIn(page, northwind.owner, '/partner/profile/users');
  const since = Date.now();
  await page.getByLabel('Name').fill('Ida Wells');
  await page.getByLabel('Email').fill(email);
  await page.locator('#role').selectOption(role);
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(page.getByText('The invitation is on its way.')).toBeVisible();
  await expect(page.getByText(email)).toBeVisible();
  const link = linkIn(await mailTo(email, since));
  const context = await browser.newContext({ javaScriptEnabled: scripted() });
  const theirs = await context.newPage();
  await theirs.goto(link);
  expect(new URL(theirs.url()).pathname, 'the token has left the address').toBe('/partner/invite');
  await setPassword(theirs, first, 'Set the password and log in');
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  return { email, page: theirs, context, link };
}

async function setPassword(page: Page, password: string, button: string) {
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('New password again').fill(password);
  await page.getByRole('button', { name: button }).click();
}

async function changePassword(page: Page, current: string, to: string) {
  await page.goto('/partner/profile/security');
  await page.getByLabel('Current password').fill(current);
  await setPassword(page, to, 'Change password');
}

test('invited, logged in, password changed, forgotten and reset', async ({ page, browser }) => {
  test.slow();
  const ida = await invited(page, browser, 'member');
  await expect(ida.page.getByRole('link', { name: 'Invoices', exact: true })).toBeVisible();

  await changePassword(ida.page, 'not the current one', second);
  await expect(ida.page.getByText('This is not your current password.').first()).toBeVisible();
  await changePassword(ida.page, first, second);
  await expect(ida.page.getByText('Your password is changed')).toBeVisible();
  await logOut(ida.page);
  await enter(ida.page, ida.email, first);
  await expect(ida.page.getByRole('alert')).toContainText('do not match');
  await enter(ida.page, ida.email, second);
  await expect(ida.page.getByRole('button', { name: 'Log out' })).toBeVisible();

  // Elsewhere somebody has forgotten it, and resets it while this browser is logged in.
  const elsewhere = await browser.newContext({ javaScriptEnabled: scripted() });
  const other = await elsewhere.newPage();
  await other.goto('/partner/login');
  await other.getByRole('link', { name: 'Forgot your password?' }).click();
  const since = Date.now();
  await other.getByLabel('Email').fill(ida.email);
  await other.getByRole('button', { name: 'Send me a link' }).click();
  await expect(other.getByText('a mail with a link is on its way')).toBeVisible();
  const link = linkIn(await mailTo(ida.email, since));
  await other.goto(link);
  expect(new URL(other.url()).pathname).toBe('/partner/reset-password');
  await setPassword(other, third, 'Set the new password');
  await expect(other.getByText('Your password was changed.')).toBeVisible();
  await enter(other, ida.email, third);
  await expect(other.getByRole('button', { name: 'Log out' })).toBeVisible();

  await other.goto(link);
  await expect(other.getByRole('alert')).toContainText('used already');
  await ida.page.goto('/partner');
  await expect(ida.page).toHaveURL(/\/partner\/login/);
  await elsewhere.close();
  await ida.context.close();
});

test('roles are obeyed at once, and who is disabled is out', async ({ page, browser }) => {
  test.slow();
  const ida = await invited(page, browser, 'finance');
  expect((await ida.page.goto('/partner/leads'))!.status()).toBe(403);
  expect((await ida.page.goto('/partner/invoices'))!.status()).toBe(200);
  await visit(page, '/partner/profile/users');
  const row = page.getByRole('listitem').filter({ hasText: ida.email });
  await row.locator('summary').click();
  await row.getByLabel('Role').selectOption('viewer');
  await row.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The change is saved.')).toBeVisible();
  await ida.page.goto('/partner/invoices');
  await expect(ida.page, 'another role is another login').toHaveURL(/\/partner\/login/);
  await enter(ida.page, ida.email, first);
  await expect(ida.page).not.toHaveURL(/\/login/);
  expect((await ida.page.goto('/partner/invoices'))!.status()).toBe(403);
  expect((await ida.page.goto('/partner/leads'))!.status()).toBe(200);
  expect((await ida.page.goto('/partner/profile/users'))!.status()).toBe(403);
  await visit(page, '/partner/profile/users');
  await row.locator('summary').click();
  await row.getByLabel('Access').selectOption('no');
  await row.getByRole('button', { name: 'Save' }).click();
  await expect(row.getByText('Disabled', { exact: true }).first()).toBeVisible();
  await ida.page.goto('/partner');
  await expect(ida.page).toHaveURL(/\/partner\/login/);
  await ida.context.close();
});

test('contact data is saved, and a mistake loses nothing', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/profile');
  const street = `Lindenstraße ${newTag()}`;
  await page.getByLabel('Street and number').fill(street);
  await page.getByLabel('Phone').fill('call me');
  await page.getByRole('button', { name: 'Save contact data' }).click();
  await expect(page.getByText('Use digits, spaces').first()).toBeVisible();
  await expect(page.getByLabel('Street and number')).toHaveValue(street);
  await page.getByLabel('Phone').fill('+49 30 123');
  await page.getByRole('button', { name: 'Save contact data' }).click();
  await expect(page.getByText('Your contact data is saved.')).toBeVisible();
  await visit(page, '/partner/profile/activity?kind=settings');
  await expect(page.getByText('changed the contact data').first()).toBeVisible();
});

test('a signing secret is shown once', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/profile/delivery');
  await page.getByRole('button', { name: /Create a/ }).click();
  await expect(page.locator('.secret')).toHaveText(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await visit(page, '/partner/profile/delivery');
  await expect(page.locator('.secret')).toHaveCount(0);
  await page.getByLabel('Webhook address').fill('ftp://files.example');
  await page.getByLabel('Recipients').fill('nobody');
  await page.getByRole('button', { name: 'Save delivery settings' }).click();
  await expect(page.getByText('is not an address such as').first()).toBeVisible();
  await expect(page.getByLabel('Webhook address')).toHaveValue('ftp://files.example');
});
