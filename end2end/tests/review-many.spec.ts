// Deciding on several leads at once: selected by mouse, keyboard and finger, accepted, rejected with a reason, and undone; with and
// without script.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, importLeads, logIn, names, newTag, northwind, rows, scripted, test, visit } from './support.ts';

/** Three leads of their own, in the list. */
async function three(page: Page) {
  const tag = newTag();
  const lead = (n: number) => ({ external_id: `${tag}-${n}`, name: `Lead ${n} ${tag}`, email: `${tag}-${n}@mail.example`, delivered_at: `2024-03-0${n} 09:30` });
  await importLeads(northwind.partner, [1, 2, 3].map(lead));
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}&sort=name`);
  await expect(rows(page)).toHaveCount(3);
  return tag;
}

const box = (page: Page, n: number) => rows(page).nth(n).getByRole('checkbox');
const bulk = (page: Page) => page.getByRole('form', { name: 'Selected leads' });
const statuses = (page: Page) => page.locator('tbody .badge');

test('two leads are accepted, and that is undone', async ({ page, complaints }) => {
  const tag = await three(page);
  await expect(bulk(page)).toBeHidden();
  await box(page, 0).check();
  await box(page, 2).check();
  await expect(bulk(page)).toBeVisible();
  if (scripted()) await expect(bulk(page).getByText('2 leads selected')).toBeVisible();
  await bulk(page).getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByText('2 leads accepted.')).toBeVisible();
  await expect(statuses(page)).toHaveText(['Accepted', 'New', 'Accepted']);
  await expect(bulk(page)).toBeHidden();
  expect(new URL(page.url()).searchParams.get('q'), 'the list is as it was').toBe(tag);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Undone for 2 leads.')).toBeVisible();
  await expect(statuses(page)).toHaveText(['New', 'New', 'New']);
  expect(complaints).toEqual([]);
});

test('leads are rejected with a reason', async ({ page }) => {
  await three(page);
  await box(page, 1).check();
  await bulk(page).getByText('Reject…').click();
  await bulk(page).getByLabel('Reason').selectOption({ label: 'Duplicate' });
  await bulk(page).getByRole('textbox', { name: 'Comment' }).fill('Known since May');
  await bulk(page).getByRole('button', { name: 'Reject', exact: true }).click();
  await expect(page.getByText('1 lead rejected.')).toBeVisible();
  await expect(statuses(page)).toHaveText(['New', 'Rejected', 'New']);
  await names(page).nth(1).click();
  await expect(page.getByText('Known since May')).toBeVisible();
});

test('what is missing is said, and nothing is decided', async ({ page }) => {
  await three(page);
  await box(page, 1).check();
  await bulk(page).getByText('Reject…').click();
  await bulk(page).getByLabel('Reason').selectOption({ label: 'Other (with a comment)' });
  await bulk(page).getByRole('button', { name: 'Reject', exact: true }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(statuses(page)).toHaveText(['New', 'New', 'New']);
});

test('the head selects all, shift a range, the keyboard each', async ({ page }) => {
  test.skip(!scripted() || page.viewportSize()!.width < 600, 'these take a script, a keyboard and a table');
  await three(page);
  const all = page.getByRole('checkbox', { name: 'Select all leads of this page' });
  await all.check();
  await expect(bulk(page).getByText('3 leads selected')).toBeVisible();
  await all.uncheck();
  await expect(bulk(page)).toBeHidden();
  await box(page, 0).click();
  await box(page, 2).click({ modifiers: ['Shift'] });
  await expect(box(page, 1)).toBeChecked();
  await box(page, 1).focus();
  await page.keyboard.press('Space');
  await expect(bulk(page).getByText('2 leads selected')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(names(page).nth(1)).toBeFocused();
});

test('a decision that cannot be sent loses no selection', async ({ page }) => {
  test.skip(!scripted(), 'the browser says so itself');
  await three(page);
  await box(page, 0).check();
  await page.route('**/fn/leads/review-many', (route) => route.abort());
  await bulk(page).getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await expect(box(page, 0)).toBeChecked();
  await page.unroute('**/fn/leads/review-many');
  await bulk(page).getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByText('1 lead accepted.')).toBeVisible();
});

test('all leads of a list are decided on, and exported', async ({ page }, { project }) => {
  const tag = newTag();
  const lead = (n: number) => ({ external_id: `${tag}-${n}`, name: `Lead ${n} ${tag}`, email: `${tag}-${n}@mail.example`, delivered_at: '2024-03-05 09:30' });
  await importLeads(northwind.partner, Array.from({ length: 30 }, (_, n) => lead(n)));
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}&sort=name&size=25`);
  await box(page, 1).check();
  const file = page.waitForEvent('download');
  await bulk(page).getByRole('button', { name: 'Export CSV' }).click();
  const text = await readFile(await (await file).path(), 'utf8');
  expect(text.trim().split('\n'), 'the header and the one').toHaveLength(2);
  await bulk(page).getByLabel('All 30 leads of this list, on all its pages').check();
  if (scripted()) await expect(bulk(page).getByText('30 leads selected')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath(`all-${project.name}.png`) });
  await bulk(page).getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByText('30 leads accepted.')).toBeVisible();
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(statuses(page)).toHaveText(Array(5).fill('Accepted'));
});

test('columns are chosen and remembered', async ({ page }) => {
  await logIn(page, northwind.viewer);
  await visit(page, '/partner/leads');
  const columns = async (...wanted: string[]) => {
    await page.getByText('Columns', { exact: true }).click();
    for (const label of ['Email', 'Phone', 'Campaign', 'Received', 'Status', 'Lead ID']) {
      await page.getByRole('group', { name: 'Columns' }).getByLabel(label).setChecked(wanted.includes(label));
    }
    await page.getByRole('button', { name: 'Show these' }).click();
    await expect(page.getByRole('button', { name: 'Show these' })).toBeHidden();
  };
  await columns('Phone', 'Lead ID');
  await expect(page.locator('tbody tr').first().locator('td[data-label]')).toHaveCount(2);
  await visit(page, '/partner/leads?sort=name');
  await expect(page.locator('tbody tr').first().locator('td[data-label]')).toHaveCount(2);
  await columns('Email', 'Phone', 'Campaign', 'Received', 'Status');
  await expect(page.locator('tbody tr').first().locator('td[data-label]')).toHaveCount(5);
});
