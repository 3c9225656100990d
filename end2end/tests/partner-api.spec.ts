// A partner's own API key, as its owner makes it, its system uses it, and its owner takes it back.

import { awake, contoso, expect, importLeads, logIn, newTag, test } from './support.ts';

const today = new Date().toISOString().slice(0, 10);

test('a partner connects its own system', async ({ page, baseURL }) => {
  const tag = newTag();
  await importLeads(contoso.partner, [{ external_id: `${tag}-1`, name: `Zoe Zap-${tag}`, email: `${tag}@mail.example`, delivered_at: `${today} 00:00` }]);
  await logIn(page, contoso.owner, '/partner/profile');
  await page.getByRole('link', { name: 'API', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Connect Zapier, Make or n8n' })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  await page.getByLabel('Name').fill(`CRM ${tag}`);
  await page.getByRole('button', { name: 'Create the key' }).click();
  await expect(page.getByText('Choose at least one scope.').first()).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  for (const scope of ['Read leads', 'Record outcomes']) await page.getByLabel(scope).check();
  await page.getByRole('button', { name: 'Create the key' }).click();
  const shown = page.locator('code.secret');
  await expect(shown).toContainText('pp_live_');
  const key = (await shown.textContent())!;
  const call = (path: string, body?: object) => fetch(`${baseURL}/api/v1/partner${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const told = await call(`/leads/ref:${tag}-1/outcome`, { outcome: 'sold', value: '250' });
  expect(told.status).toBe(200);
  expect(await told.json()).toMatchObject({ name: `Zoe Zap-${tag}`, outcome: 'sold', sale: { amount: '250.00' } });
  expect((await call('/invoices')).status, 'not among its scopes').toBe(403);
  await page.goto(`/partner/leads?q=${tag}`);
  await page.getByRole('link', { name: `Zoe Zap-${tag}` }).click();
  await expect(page.getByText(`CRM ${tag}`).first(), 'who said so').toBeVisible();
  await page.goto('/partner/profile/api');
  await page.waitForLoadState();
  await awake(page);
  const own = page.getByRole('listitem').filter({ hasText: `CRM ${tag}` });
  await own.locator('summary').click();
  await own.getByRole('button', { name: 'Revoke this key' }).click();
  await expect(page.getByText('The key is revoked and no longer works.')).toBeVisible();
  expect((await call('/leads')).status).toBe(401);
});
