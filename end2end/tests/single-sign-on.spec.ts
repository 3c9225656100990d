// Single sign-on with a real provider: an owner of the account sets it up for admins, allows it to partners, and a partner's owner sets up
// its own; people log in there and come back. With and without JavaScript.

import type { Browser, Page } from '@playwright/test';
import { contoso, expect, logIn, logInAdmin, logOut, newTag, test, visit } from './support.ts';

const issuer = process.env.PORTAL_OIDC_ISSUER!;

/** A browser of somebody else. The provider stands on this machine too: its pages are no strays. */
async function someone(browser: Browser) {
  const context = await browser.newContext({ ...test.info().project.use });
  return context.newPage();
}

async function fill(page: Page, client: string, domain: string, more: Record<string, string> = {}) {
  const fields = { Name: 'Company ID', Issuer: issuer, 'Client ID': client, 'Client secret': 'portal-secret', 'Domains of your email addresses': domain, ...more };
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
}

/** Says at the provider who one is. */
async function signIn(page: Page, email: string) {
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('admins log in at the provider of their account', async ({ browser }) => {
  const tag = newTag();
  const page = await someone(browser);
  const provider = async (change: (page: Page) => Promise<void>) => {
    const admin = await someone(browser);
    await logInAdmin(admin, '/admin/settings/security');
    await change(admin);
    await admin.context().close();
  };
  await provider(async (admin) => {
    await fill(admin, 'portal-admins', 'staff.example');
    await admin.getByLabel('At the first login').selectOption({ label: 'Support: new users are made with this role' });
    await admin.getByRole('button', { name: 'Save single sign-on' }).click();
    await expect(admin.getByText('Saved.')).toBeVisible();
  });
  await visit(page, '/admin/login?next=%2Fadmin%2Fpartners');
  await page.getByRole('link', { name: 'Continue with Company ID' }).click();
  await signIn(page, `unverified-${tag}@staff.example`);
  await expect(page.getByRole('alert')).toContainText('does not say a verified email address');
  await page.context().clearCookies();
  await visit(page, '/admin/login?next=%2Fadmin%2Fpartners');
  await page.getByRole('link', { name: 'Continue with Company ID' }).click();
  await signIn(page, `tove-${tag}@staff.example`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Partners');
  await logOut(page);
  await page.context().close();
});

test('a partner’s users log in at the partner’s provider, and confirm there what matters', async ({ browser }) => {
  const tag = newTag();
  const admin = await someone(browser);
  await logInAdmin(admin, '/admin/settings/security');
  await admin.getByLabel('Owners of partners may set up').check();
  await admin.getByRole('button', { name: 'Save for partners' }).click();
  await expect(admin.getByText('Saved.')).toBeVisible();
  await admin.context().close();

  const owner = await someone(browser);
  await logIn(owner, contoso.owner, '/partner/profile/single-sign-on');
  await fill(owner, 'portal-partners', 'contoso.example', { 'Claim with the role': 'groups', 'Values and roles': 'bosses = owner\nsales = member' });
  await owner.getByRole('button', { name: 'Save single sign-on' }).click();
  await expect(owner.getByText('Saved.')).toBeVisible();
  const uri = await owner.locator('code', { hasText: '/partner/sso/logout/' }).innerText();
  const told = await owner.request.post(`${issuer}/test/backchannel`, { data: { client_id: 'portal-partners', uri } });
  expect(told.status()).toBe(204);
  await owner.context().close();

  const page = await someone(browser);
  await visit(page, '/partner/login');
  await page.getByRole('link', { name: 'Single sign-on' }).click();
  await page.getByLabel('Email').fill('boss@nowhere.example');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.locator('#email-error')).toBeVisible();
  await page.getByLabel('Email').fill(`boss-${tag}@contoso.example`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('link', { name: 'Continue' }).click();
  await signIn(page, `boss-${tag}@contoso.example`);
  await expect(page.getByRole('button', { name: 'Log out', exact: true })).toBeVisible();
  await visit(page, '/partner/profile/users');
  await expect(page.getByText(`boss-${tag}@contoso.example`).first()).toBeVisible();
  // The login is confirmed at the provider, which asks again.
  await visit(page, '/partner/confirm?next=%2Fpartner%2Fprofile%2Fusers');
  await page.getByRole('link', { name: 'Continue with Company ID' }).click();
  await signIn(page, `boss-${tag}@contoso.example`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Users');
  // Whoever logs out there is logged out here: the provider tells the portal.
  await page.goto(`${issuer}/session/end`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Signed out' })).toBeVisible();
  await page.goto('/partner/leads');
  await expect(page).toHaveURL(/\/partner\/login/);
  await page.context().close();
});
