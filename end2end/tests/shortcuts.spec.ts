// What the list of leads does by single keys, and how an open list tells of new leads.

import { expect, importLeads, logIn, names, newTag, northwind, rows, searchBox, test, visit } from './support.ts';

test('single keys move, select, search and explain themselves, and can be switched off', async ({ page, complaints }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads?size=25');
  await page.keyboard.press('j');
  await expect(names(page).first()).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(names(page).nth(1)).toBeFocused();
  await page.keyboard.press('x');
  await expect(rows(page).nth(1).getByRole('checkbox')).toBeChecked();
  await expect(page.getByRole('form', { name: 'Selected leads' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(searchBox(page)).toBeFocused();
  await page.keyboard.type('jk/?');
  await expect(searchBox(page), 'whoever writes, writes').toHaveValue('jk/?');
  await searchBox(page).fill('');
  await expect(rows(page)).toHaveCount(25);
  await searchBox(page).blur();

  await page.keyboard.press('Shift+?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toBeVisible();
  await help.getByLabel('Use single keys as shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+?');
  await expect(help).toBeHidden();
  await visit(page, '/partner/leads');
  await page.keyboard.press('j');
  await expect(names(page).first(), 'off in the next document, too').not.toBeFocused();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await help.getByLabel('Use single keys as shortcuts').check();
  await help.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('j');
  await expect(names(page).first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Lead details' })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a search that is taken back before its answer came is not shown', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads?size=25');
  let answered = false;
  await page.route(/[?&]q=nobody/, async (route) => {
    await new Promise((done) => setTimeout(done, 1_500));
    await route.continue();
    answered = true;
  });
  const asked = page.waitForRequest(/[?&]q=nobody/);
  await searchBox(page).fill('nobody-of-that-name');
  await asked;
  await searchBox(page).fill('');
  await expect.poll(() => answered).toBe(true);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(300);
  await expect(rows(page)).toHaveCount(25);
});

test('an open list tells of leads that come while it is open', async ({ page, complaints }) => {
  await logIn(page, northwind.member);
  await visit(page, '/partner/leads?status=rejected');
  await expect(page).toHaveTitle('Leads · Partner Portal');
  const tag = newTag();
  // Delivered now, so that they are the newest.
  const now = new Date(Date.now() - 60_000).toISOString();
  const lead = (n: number) => ({ external_id: `${tag}-${n}`, name: `Lead ${n} ${tag}`, email: `${tag}-${n}@mail.example`, delivered_at: now });
  await importLeads(northwind.partner, [1, 2].map(lead));
  // It asks by itself, and at once when it comes into sight.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  const notice = page.locator('.new-leads');
  // Other tests bring leads along meanwhile.
  await expect(notice.getByRole('link')).toHaveText(/^\d+ new leads: show the newest$/);
  await expect(page).toHaveTitle(/^\(\d+\) Leads · Partner Portal$/);
  await notice.getByRole('link').click();
  await expect(rows(page).filter({ hasText: tag })).toHaveCount(2);
  await expect(notice.getByRole('link')).toHaveCount(0);
  await expect(page).toHaveTitle('Leads · Partner Portal');
  expect(complaints).toEqual([]);
});
