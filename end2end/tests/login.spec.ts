// The login: what it says, what it leaves in the browser, and that it closes behind whoever leaves.
//
// Failed logins are few here and each under an address of its own: too many would lock the other tests out.

import { enter, expect, logIn, logOut, names, newTag, northwind, scripted, test, visit } from './support.ts';

test('a wrong password and an unknown address get the same answer', async ({ page }) => {
  const known = scripted() ? northwind.viewer : northwind.finance;
  for (const email of [known, `${newTag()}@northwind.example`]) {
    await visit(page, '/partner/login');
    const answer = page.waitForResponse((response) => response.request().isNavigationRequest() && response.status() > 399);
    await enter(page, email, 'not-the-password');
    expect((await answer).status()).toBe(401);
    const alert = page.getByRole('alert');
    await expect(alert).toHaveText('This email address and password do not match, or the access is switched off.');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log in');
  }
});

test('the session is a cookie that scripts and other sites cannot use', async ({ page, context }) => {
  await logIn(page, northwind.owner);
  const cookies = await context.cookies();
  // The session, that somebody has logged in here before, and to which account.
  expect(cookies.map((cookie) => cookie.name).sort()).toEqual(['portal-account', 'portal-partner', 'portal-partner-device']);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(cookies.find((cookie) => cookie.name === 'portal-partner')!.expires, 'it ends with the browser').toBe(-1);
});

test('after logging out, neither the back button nor the old cookie shows anything', async ({ page, context }) => {
  await logIn(page, northwind.owner);
  await names(page).first().click();
  await expect(page.getByRole('heading', { name: 'Lead details' })).toBeVisible();
  const cookies = await context.cookies();
  await logOut(page);

  await page.goBack();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Lead details' })).toHaveCount(0);

  await context.addCookies(cookies);
  await page.goto('/partner/leads');
  await expect(page).toHaveURL(/\/partner\/login/);
});

test('each login begins a session of its own', async ({ page, context }) => {
  await logIn(page, northwind.owner);
  const session = async () => (await context.cookies()).find((cookie) => cookie.name === 'portal-partner')!.value;
  const first = await session();
  await logIn(page, northwind.owner);
  expect(await session()).not.toBe(first);
});

for (const next of ['https://elsewhere.example/', '//elsewhere.example/', '/\\elsewhere.example', '/partner/../\\elsewhere.example']) {
  test(`the login does not lead to ${next}`, async ({ page, baseURL }) => {
    await visit(page, `/partner/login?next=${encodeURIComponent(next)}`);
    await enter(page, northwind.owner);
    await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
    expect(new URL(page.url()).origin).toBe(new URL(baseURL!).origin);
  });
}
