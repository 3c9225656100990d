// An admin's own account: name, address and sessions, as a person uses them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, linkIn, logInAdmin, mailTo, newTag, test, visit } from './support.ts';

const own = 'seven brass kettles';

test('an admin changes the own name and address, and logs another browser out', async ({ page }) => {
  const tag = newTag();
  const [email, later] = [`${tag}@brightway.example`, `${tag}-later@brightway.example`];
  const call = ['create-admin', '--email', email, '--name', 'Nia Novak', '--account', 'brightway'];
  const { stdout } = await promisify(execFile)(process.env.PORTAL_BINARY!, call, { cwd: new URL('../..', import.meta.url) });
  await page.goto(new URL(/http\S+/.exec(stdout)![0]).pathname);
  await page.getByLabel('New password', { exact: true }).fill(own);
  await page.getByLabel('New password again').fill(own);
  await page.getByRole('button', { name: 'Set the password and log in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');

  await page.getByRole('link', { name: 'Account' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Nia Novak-Reyes');
  await page.getByRole('button', { name: 'Change name' }).click();
  await expect(page.getByText('Your name is changed.')).toBeVisible();
  await expect(page.getByRole('contentinfo')).toContainText('Nia Novak-Reyes');

  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const elsewhere = await context.newPage();
  await logInAdmin(elsewhere, '/admin', email, own);
  await visit(page, '/admin/account');
  const sessions = page.getByRole('region', { name: 'Active sessions' });
  await expect(sessions.getByRole('listitem')).toHaveCount(2);
  await sessions.getByRole('listitem').filter({ hasNotText: 'This session' }).getByRole('button', { name: /^Log out/ }).click();
  await expect(page.getByText('That session is ended.')).toBeVisible();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await elsewhere.goto('/admin');
  await expect(elsewhere).toHaveURL(/\/admin\/login/);
  await context.close();

  const since = Date.now();
  await page.getByRole('textbox', { name: 'New login address' }).fill(later);
  await page.getByLabel('Your password').fill('not this one');
  await page.getByRole('button', { name: 'Change login address' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'New login address' })).toHaveValue(later);
  await page.getByLabel('Your password').fill(own);
  await page.getByRole('button', { name: 'Change login address' }).click();
  await expect(page.getByText('We have sent a mail to the new address')).toBeVisible();
  await page.goto(linkIn(await mailTo(later, since)));
  await page.getByRole('button', { name: 'Confirm the new address' }).click();
  await expect(page.getByText('Your new address is confirmed.')).toBeVisible();
  await logInAdmin(page, '/admin/account', later, own);
  await expect(page.getByText(later)).toBeVisible();
});
