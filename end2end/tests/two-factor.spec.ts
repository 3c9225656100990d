// Two-factor authentication as a person uses it. The codes come from an implementation that shares nothing with the portal's.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Page } from '@playwright/test';
import { enter, expect, linkIn, logOut, mailTo, newAdmin, own, test, visit } from './support.ts';

const run = promisify(execFile);

/** A code of the app, so many steps of 30 seconds from now. */
async function code(secret: string, steps = 0) {
  const program = 'import sys, time, pyotp; print(pyotp.TOTP(sys.argv[1]).at(int(time.time()), int(sys.argv[2])))';
  const { stdout } = await run(`${process.env.PORTAL_PYTHON}/bin/python`, ['-c', program, secret, String(steps)]);
  return stdout.trim();
}

async function begin(page: Page, email: string) {
  await visit(page, '/admin/login');
  await enter(page, email, own);
}

test('an admin protects the login by an app, logs in with it and without it', async ({ page, complaints }) => {
  const since = Date.now();
  const email = await newAdmin(page);
  await visit(page, '/admin/account');
  await page.getByRole('link', { name: 'Set it up' }).click();
  await page.getByRole('button', { name: 'Set it up' }).click();
  const picture = page.getByRole('img', { name: 'QR code for your authenticator app' });
  await expect(picture).toBeVisible();
  const { width } = (await picture.locator('svg').boundingBox())!;
  expect(width, 'large enough for a camera').toBeGreaterThan(150);
  const secret = (await page.locator('.set-up code').textContent())!.replaceAll(' ', '');
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.locator('#code-error')).toBeVisible();
  await page.getByLabel('Code', { exact: true }).fill(await code(secret));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.getByText('Two-factor authentication is on.')).toBeVisible();
  const codes = await page.locator('.codes li').allTextContents();
  expect(codes).toHaveLength(10);
  expect(new Set(codes).size).toBe(10);
  expect((await mailTo(email, since)).text).toContain('Two-factor authentication was turned on');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await logOut(page);

  await begin(page, email);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Enter a code');
  await page.getByLabel('Code', { exact: true }).fill(codes[0]!.slice(0, 6));
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.locator('#code-error')).toBeVisible();
  await page.getByLabel('Code', { exact: true }).fill(await code(secret, 1));
  await page.getByLabel('Do not ask for a code in this browser').check();
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await logOut(page);

  // The browser is remembered: at the login alone.
  await begin(page, email);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await visit(page, '/admin/two-factor');
  await expect(page.getByText('You have 10 recovery codes left.')).toBeVisible();
  await page.getByRole('button', { name: 'Create new recovery codes' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Confirm your login');
  await page.getByLabel('Your password').fill(own);
  await page.getByLabel('Code', { exact: true }).fill(codes[4]!);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('You have 9 recovery codes left.')).toBeVisible();
  await page.getByRole('button', { name: 'Create new recovery codes' }).click();
  await expect(page.getByText('These are your new recovery codes.')).toBeVisible();
  const fresh = await page.locator('.codes li').allTextContents();
  expect(fresh.filter((one) => codes.includes(one))).toEqual([]);

  // Elsewhere a recovery code gets in, once.
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const elsewhere = await context.newPage();
  for (const [given, inside] of [[codes[5], false], [fresh[0], true], [fresh[0], false]] as const) {
    await context.clearCookies();
    await begin(elsewhere, email);
    await elsewhere.getByLabel('Code', { exact: true }).fill(given!);
    await elsewhere.getByRole('button', { name: 'Log in' }).click();
    const seen = inside ? elsewhere.getByRole('heading', { name: 'Overview' }) : elsewhere.locator('#code-error');
    await expect(seen).toBeVisible();
  }
  await context.close();
  expect(complaints).toEqual([]);
});

test('the mail about a login with another browser ends all sessions', async ({ page }) => {
  const since = Date.now();
  const email = await newAdmin(page);
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const thief = await context.newPage();
  await begin(thief, email);
  await expect(thief.getByRole('heading', { level: 1 })).toHaveText('Overview');
  const mail = await mailTo(email, since);
  expect(mail.text).toContain('a browser we had not seen before');
  await page.goto(linkIn(mail));
  await page.getByRole('button', { name: 'End all sessions' }).click();
  await expect(page.getByText('All sessions are ended.')).toBeVisible();
  await thief.goto('/admin/partners');
  await expect(thief.getByRole('heading', { name: /^Log in/ })).toBeVisible();
  await context.close();
});
