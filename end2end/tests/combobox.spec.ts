// Finding one of many by typing, by mouse, keyboard and finger; and times and charts that move while a page is open.

import { choose, expect, importLeads, logIn, logInAdmin, newTag, northwind, scripted, test, visit } from './support.ts';

test('a partner is found by a part of its name', async ({ page, complaints }) => {
  test.skip(!scripted(), 'the browser has its own list');
  await logInAdmin(page, '/admin/invoices/new');
  const box = page.getByRole('combobox', { name: 'Partner' });
  const list = page.getByRole('listbox');
  await expect(list).toBeHidden();
  await box.click();
  await expect(page.getByRole('option')).not.toHaveCount(0);
  await box.fill('wind solar');
  await expect(page.getByRole('option')).toHaveText(['Northwind Solar']);
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  const first = await box.inputValue();
  expect(first, 'what was chosen before stays').not.toBe('Northwind Solar');
  await box.fill('zzz');
  await expect(page.getByText('Nothing matches.')).toBeVisible();
  await box.fill('northw');
  await expect(box).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue('Northwind Solar');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await expect(box, 'what was only looked at is not chosen').toHaveValue('Northwind Solar');
  await page.getByRole('button', { name: 'Create a draft' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Draft invoice');
  await expect(page.getByRole('main')).toContainText('Northwind Solar');
  expect(complaints).toEqual([]);
});

test('what has to be chosen is asked for where it is typed', async ({ page }) => {
  test.skip(!scripted(), 'the browser says so itself');
  await logInAdmin(page, '/admin/leads/import');
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await page.getByRole('alert').getByRole('link', { name: /Partner/ }).click();
  await expect(page.getByRole('combobox', { name: 'Partner' })).toBeFocused();
});

test('the audit log is narrowed to one partner', async ({ page }) => {
  await logInAdmin(page, '/admin/audit');
  await page.getByText('Filter', { exact: true }).click();
  await choose(page, 'Partner', northwind.partner);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/partner=[0-9a-f-]{36}/);
  await expect(page.getByRole('link', { name: 'Clear' })).toBeVisible();
});

test('how long ago a lead came stays true', async ({ page }) => {
  test.skip(!scripted(), 'a page without script says when it was drawn');
  const tag = newTag();
  await logIn(page, northwind.member);
  await page.clock.install();
  const recent = new Date(Date.now() - 150_000).toISOString();
  await importLeads(northwind.partner, [{ external_id: tag, name: `Now ${tag}`, email: `${tag}@mail.example`, delivered_at: recent }]);
  await visit(page, `/partner/leads?q=${tag}`);
  const time = page.locator('tbody time');
  await expect(time).toHaveText(/^[23] minutes ago$/);
  await page.clock.runFor(20 * 60_000);
  await expect(time).toHaveText(/^2[23] minutes ago$/);
  await page.clock.runFor(24 * 3_600_000);
  await expect(time).toHaveText(/^\d+ \w{3} 20\d\d, \d\d:\d\d$/);
});

test('the arrow keys walk along the bars of the chart', async ({ page }) => {
  test.skip(!scripted(), 'each bar is a stop of its own there');
  await logIn(page, northwind.owner);
  await visit(page, '/partner');
  const bars = page.locator('.chart__step');
  await expect(page.locator('.chart__step[tabindex="0"]')).toHaveCount(1);
  await bars.last().focus();
  await page.keyboard.press('ArrowLeft');
  await expect(bars.nth(28)).toBeFocused();
  await expect(bars.nth(28).locator('.chart__tip')).toBeVisible();
  await page.keyboard.press('Home');
  await expect(bars.first()).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('.chart__step:focus')).toHaveCount(0);
});
