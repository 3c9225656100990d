// Passkeys in a browser with a device of its own: added, used alone, beside a password, to confirm the login; on a phone's screen too.
// Browsers take passkeys for names alone, so that the portal is visited by the name of this machine.

import type { Page } from '@playwright/test';
import { enter, expect, logOut, mailTo, newAdmin, own, scripted, test, visit } from './support.ts';

test.use({ baseURL: process.env.PORTAL_URL?.replace('127.0.0.1', 'localhost') });

/** A device that knows its owner, and says so unless told otherwise. */
async function device(page: Page) {
  const browser = await page.context().newCDPSession(page);
  await browser.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } as const;
  const { authenticatorId } = await browser.send('WebAuthn.addVirtualAuthenticator', { options });
  const recognises = (isUserVerified: boolean) => browser.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  return { recognises };
}

test('a passkey is added and logs in, alone and beside the password', async ({ page, complaints }) => {
  test.skip(!scripted(), 'passkeys are the dialogue of a browser that runs scripts');
  const since = Date.now();
  const email = await newAdmin(page);
  const { recognises } = await device(page);
  await visit(page, '/admin/two-factor');
  await page.getByLabel('Name').fill('Tove’s phone');
  await recognises(false);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('Nothing was chosen, or it took too long. Try again.')).toBeVisible();
  await recognises(true);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('The passkey is added, and two-factor authentication is on.')).toBeVisible();
  expect(await page.locator('.codes li').count()).toBe(10);
  expect((await mailTo(email, since)).text).toContain('The passkey “Tove’s phone” was added');
  await visit(page, '/admin/two-factor');
  await expect(page.getByText('Tove’s phone')).toBeVisible();
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('This device has a passkey for your login already.')).toBeVisible();
  await visit(page, '/admin');
  await logOut(page);

  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await logOut(page);

  await visit(page, '/admin/login?next=%2Fadmin%2Fpartners');
  await enter(page, email, own);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Enter a code');
  await recognises(false);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText('Nothing was chosen, or it took too long. Try again.')).toBeVisible();
  await recognises(true);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Partners');

  // Confirming the login, as if ten minutes had gone by.
  await visit(page, '/admin/confirm?next=%2Fadmin%2Ftwo-factor');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Two-factor authentication');
  await page.getByRole('button', { name: 'Remove the passkey Tove’s phone' }).click();
  await expect(page.getByText('The passkey is removed.')).toBeVisible();
  await visit(page, '/admin');
  await logOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText('This passkey was not taken.')).toBeVisible();
  await enter(page, email, own);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  expect(complaints.filter((one) => !one.includes('status of 422'))).toEqual([]);
});

test('a page without JavaScript does not speak of passkeys', async ({ page }) => {
  test.skip(scripted(), 'with it they are there');
  await page.goto('/partner/login');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeHidden();
});
