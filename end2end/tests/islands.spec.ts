// The server's HTML and the page's own code have to agree, and the code has to keep to the security policy.

import { expect, importLeads, logIn, names, newTag, northwind, test, turnPage, visit } from './support.ts';

test('login, list and lead come alive without a complaint', async ({ page, complaints }) => {
  await visit(page, '/partner/login');
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await visit(page, '/partner/leads?status=accepted&sort=name&size=25');
  await visit(page, (await names(page).first().getAttribute('href'))!);
  await expect(page.getByRole('heading', { name: 'Lead details' })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a new lead opened by its address comes alive as the viewed one it has become', async ({ page, complaints }) => {
  const tag = newTag();
  const lead = { external_id: tag, name: `Nadia Probe-${tag}`, email: `${tag}@mail.example`, delivered_at: '2024-02-01 09:30' };
  await importLeads(northwind.partner, [lead]);
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}`);
  // Asking for the page and changing the lead happen at once here: what the browser is told must be what it is shown.
  await visit(page, (await names(page).getAttribute('href'))!);
  await expect(page.locator('.page__head .badge')).toHaveText('Viewed');
  expect(complaints).toEqual([]);
});

test('pages allow their own scripts and no others', async ({ page }) => {
  const scripts = async () => {
    const policy = (await (await visit(page, '/partner/login')).headerValue('content-security-policy')) ?? '';
    return /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
  };
  const allowed = await scripts();
  expect(allowed).toContain("'nonce-");
  expect(allowed).not.toContain("'unsafe-inline'");
  expect(allowed).not.toContain("'unsafe-eval'");
  expect(await scripts(), 'a number used once').not.toBe(allowed);
});

test('the next page, a lead and the way back need no new document', async ({ page, complaints }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  await page.evaluate(() => Object.assign(window, { marker: 'the same document' }));

  await turnPage(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next' }));
  const name = await names(page).first().textContent();
  await names(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name!);
  await page.goBack();
  await expect(names(page).first()).toHaveText(name!);

  expect(await page.evaluate(() => (window as { marker?: string }).marker)).toBe('the same document');
  expect(complaints).toEqual([]);
});

test('searching by keyboard keeps the focus in the search box', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads');
  const box = page.getByRole('searchbox', { name: /^Search/ });
  await box.fill('muller');
  await box.press('Enter');
  await page.waitForURL(/q=muller/);
  await expect(names(page).first()).toContainText(/müller|muller/i);
  await expect(box).toBeFocused();
});
