// What the browser does for forms before they are sent: it judges them by the portal's own rules, sends them once, asks before
// something typed is left behind, and helps with passwords.

import { admins, awake, expect, logIn, logInAdmin, newTag, northwind, test, visit } from './support.ts';

test('what is wrong is said beside the field and above the form, before anything is sent', async ({ page, complaints }) => {
  await logIn(page, northwind.owner, '/partner/profile/users');
  const sent: string[] = [];
  page.on('request', (request) => { if (request.method() === 'POST') sent.push(request.url()); });
  const email = page.getByLabel('Email', { exact: true });
  await page.getByLabel('Name', { exact: true }).fill('Ida Berg');
  // The form of an address to HTML, but none that every mail server takes.
  await email.fill('müller@mail.example');
  await email.blur();
  await expect(page.locator('.field__error')).toContainText('letters from a to z');
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  const summary = page.getByRole('alert');
  await expect(summary).toBeFocused();
  await expect(summary).toContainText('Please correct the marked fields.');
  await summary.getByRole('link').click();
  await expect(email).toBeFocused();
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  expect(sent).toEqual([]);
  await email.fill(`${newTag()}@mail.example`);
  await expect(page.locator('.field__error'), 'no longer as soon as it is right').toHaveCount(0);
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await expect(page.getByText('The invitation is on its way.')).toBeVisible();
  expect(sent).toHaveLength(1);
  expect(complaints).toEqual([]);
});

test('what the server finds wrong has the focus when the page comes', async ({ page }) => {
  await logInAdmin(page, '/admin/settings', admins.owner);
  await page.getByLabel('Short name').fill('-x-');
  await page.getByRole('button', { name: 'Save' }).click();
  const summary = page.getByRole('alert');
  await expect(summary).toContainText('letters a to z');
  await expect(summary).toBeFocused();
  await summary.getByRole('link').click();
  await expect(page.getByLabel('Short name')).toBeFocused();
  await expect(page.getByLabel('Short name')).toHaveValue('-x-');
});

test('a form is sent once, however often its button is pressed', async ({ page }) => {
  await logInAdmin(page, '/admin/settings/invoices', admins.owner);
  let posts = 0;
  await page.route('**/fn/admin/settings/save-invoicing', async (route) => {
    posts += 1;
    await new Promise((resolve) => setTimeout(resolve, 700));
    await route.continue();
  });
  const button = page.getByRole('button', { name: 'Save the invoice details' });
  await button.evaluate((element: HTMLButtonElement) => { element.click(); element.click(); setTimeout(() => element.click(), 300); });
  await expect(page.getByText('The invoice details are saved.')).toBeVisible();
  expect(posts).toBe(1);
});

test('what was typed is not left behind unasked', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/profile');
  const asked: string[] = [];
  page.on('dialog', async (dialog) => { asked.push(dialog.type()); await dialog.dismiss(); });
  await page.getByLabel('Contact name').fill('Somebody else');
  await page.getByRole('link', { name: 'Dashboard' }).click({ noWaitAfter: true });
  await expect.poll(() => asked).toEqual(['beforeunload']);
  await expect(page.getByLabel('Contact name')).toHaveValue('Somebody else');
});

test('nothing is asked where nothing was typed, nor when it is saved', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/profile');
  const asked: string[] = [];
  page.on('dialog', async (dialog) => { asked.push(dialog.type()); await dialog.accept(); });
  const name = page.getByLabel('Contact name');
  const before = await name.inputValue();
  await name.fill('Somebody else');
  await name.fill(before);
  await page.getByRole('link', { name: 'Dashboard' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.goBack();
  await name.fill(`${before} `);
  await page.getByRole('button', { name: 'Save contact data' }).click();
  await expect(page.getByRole('status').first()).toBeVisible();
  expect(asked).toEqual([]);
});

test('a password can be looked at, and Caps Lock is told of', async ({ page, complaints }) => {
  await visit(page, '/partner/login');
  await awake(page);
  const password = page.getByLabel('Password', { exact: true });
  await password.fill('sunny-roof-42-leads');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await expect(password).toHaveAttribute('type', 'password');
  // Chromium has no key to hold for it: the event says it.
  await password.focus();
  await password.evaluate((field) => field.dispatchEvent(new KeyboardEvent('keyup', { key: 'A', bubbles: true, modifierCapsLock: true })));
  await expect(page.getByText('Caps Lock is on.')).toBeVisible();
  await password.blur();
  await expect(page.getByText('Caps Lock is on.')).toBeHidden();
  await page.getByLabel('Email').fill(northwind.owner);
  await page.getByRole('button', { name: 'Show password' }).click();
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).not.toHaveURL(/login/);
  expect(complaints).toEqual([]);
});

test('a new password says how much is missing, and must be the same twice', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/profile/security');
  const fresh = page.getByLabel('New password', { exact: true });
  await fresh.pressSequentially('seven brass');
  await expect(page.getByText('1 more character.')).toBeVisible();
  await fresh.pressSequentially(' kettles');
  await expect(page.getByText('Long enough.')).toBeVisible();
  await page.getByLabel('New password again').fill('seven brass kettle');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert')).toContainText('do not match');
  await expect(page.getByRole('alert'), 'what the browser says is told with its field').toContainText('Current password: ');
});

test('what is shown once can be copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await logInAdmin(page, '/admin/settings', admins.owner);
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('/partner/login');
});
