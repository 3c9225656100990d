// A file of leads, from the upload to the leads: looked over, corrected, read while one watches, stopped and resumed.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { parse } from 'csv-parse/sync';
import { awake, choose, contoso, expect, logInAdmin, newTag, northwind, scripted, test, visit } from './support.ts';

const list = '/admin/leads/import';

/** Rows of a file, every so-and-so-many-th of which is wrong. */
function table(tag: string, rows: number, wrong: number) {
  const lines = ['CRM;Full name;E-Mail;Phone;Date received;Roof area'];
  for (let row = 1; row <= rows; row += 1) {
    const contact = row % wrong === 0 ? 'nobody;' : `${tag}-${row}@mail.example;+49 30 ${row}`;
    lines.push(`${tag}-${row};Person ${tag} ${row};${contact};2026-10-01 08:30;80 m²`);
  }
  return Buffer.from(`\u{feff}${lines.join('\r\n')}\r\n`);
}

async function upload(page: Page, partner: string, name: string, content: Buffer) {
  await choose(page, 'Partner', partner);
  await page.getByLabel('File').setInputFiles({ name, mimeType: 'text/csv', buffer: content });
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  await page.waitForLoadState();
  await awake(page);
}

/** Sees how far it is: the page tells by itself, or when it is loaded again. */
async function look(page: Page) {
  if (!scripted() && (await page.getByRole('link', { name: 'Refresh' }).isVisible())) {
    await page.getByRole('link', { name: 'Refresh' }).click();
  }
  const added = await page.locator('[data-figure=added]').innerText();
  return Number(added.replaceAll(',', ''));
}

async function until(page: Page, holds: (added: number) => boolean | Promise<boolean>) {
  const seen = [];
  for (const end = Date.now() + 50_000; Date.now() < end; await page.waitForTimeout(250)) {
    seen.push(await look(page));
    if (await holds(seen.at(-1)!)) return seen;
  }
  throw new Error(`it came no further than ${seen.at(-1)}`);
}

const done = (page: Page) => page.locator('.badge').getByText('Done', { exact: true }).isVisible();

test('a file is looked over, corrected and read, and its rejected rows come back', async ({ page, complaints }) => {
  const tag = newTag();
  await logInAdmin(page, list);
  await upload(page, contoso.partner, `${tag}.csv`, table(tag, 20_000, 5_000));
  await expect(page.locator('[data-verdict]')).toHaveText('Of the first 1,000 rows: 1,000 new.');
  await expect(page.getByText('Nothing is delivered.')).toBeVisible();
  // "CRM" is no name anybody can guess; the roof is not wanted; and a slip is told before anything is stored.
  for (const column of ['Full name', 'E-Mail', 'Phone']) {
    await page.getByLabel(`${column} is read as`).selectOption('Extra field');
  }
  await page.getByRole('button', { name: 'Update the preview' }).click();
  await expect(page.getByText('names no contact column')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Import the leads' })).toBeDisabled();
  await page.waitForLoadState();
  await awake(page);
  await expect(page.getByLabel('E-Mail is read as')).toHaveValue('field');
  await page.getByLabel('Full name is read as').selectOption('Name');
  await page.getByLabel('E-Mail is read as').selectOption('Email');
  await page.getByLabel('Phone is read as').selectOption('Phone');
  await page.getByLabel('CRM is read as').selectOption('Your CRM’s id');
  await page.getByLabel('Roof area is read as').selectOption('Ignored');
  await page.getByRole('button', { name: 'Update the preview' }).click();
  await expect(page.locator('[data-verdict]')).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  await page.getByRole('button', { name: 'Import the leads' }).click();
  await expect(page.getByRole('heading', { name: 'Progress' })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  const seen = await until(page, () => done(page));
  expect(new Set(seen).size, `the numbers move: ${seen}`).toBeGreaterThan(2);
  expect([...seen].sort((one, two) => one - two), 'and only forward').toEqual(seen);
  await expect(page.getByRole('progressbar')).toHaveAttribute('value', '100');
  await expect(page.locator('[data-pace]')).toContainText('20,000 rows read, 100 % of the file');
  await expect(page.locator('[data-figure=added]')).toHaveText('19,996');
  await expect(page.locator('[data-figure=rejected]')).toHaveText('4');
  await page.waitForLoadState();
  await awake(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all' }).click();
  const rows: string[][] = parse(await readFile((await (await download).path())!), { bom: true, delimiter: ';' });
  expect(rows[0]).toEqual(['rejected line', 'rejected column', 'rejected because', 'CRM', 'Full name', 'E-Mail', 'Phone', 'Date received', 'Roof area']);
  expect(rows.slice(1).map((row) => row.slice(0, 2))).toEqual([['5001', 'E-Mail'], ['10001', 'E-Mail'], ['15001', 'E-Mail'], ['20001', 'E-Mail']]);
  expect(rows[1]![2]).toContain('name@example.com');
  await page.getByRole('link', { name: '← All imports' }).click();
  const row = page.getByRole('row').filter({ hasText: tag });
  await expect(row).toContainText('Done');
  await expect(row).toContainText('19,996');
  await row.getByRole('link').click();
  await page.getByRole('link', { name: contoso.partner }).click();
  await awake(page);
  await page.getByRole('searchbox').fill(`${tag}-17`);
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.locator('[data-count]')).not.toHaveText('0 leads');
  expect(complaints).toEqual([]);
});

test('an import is cancelled, stays so, and is resumed where it was', async ({ page }) => {
  const tag = newTag();
  await logInAdmin(page, list);
  await upload(page, northwind.partner, `${tag}.csv`, table(tag, 30_000, 100_000));
  await page.getByLabel('CRM is read as').selectOption('Your CRM’s id');
  await page.getByRole('button', { name: 'Import the leads' }).click();
  await expect(page.getByRole('heading', { name: 'Progress' })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  await until(page, (added) => added > 0);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('.badge').getByText('Cancelled')).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  const stopped = await look(page);
  expect(stopped).toBeGreaterThan(0);
  expect(stopped).toBeLessThan(30_000);
  await page.waitForTimeout(1_500);
  await visit(page, page.url());
  expect(await look(page), 'nothing is stored any more').toBe(stopped);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.locator('.badge').getByText('Cancelled')).toBeHidden();
  await page.waitForLoadState();
  await awake(page);
  await until(page, () => done(page));
  await expect(page.locator('[data-figure=added]')).toHaveText('30,000');
  await expect(page.locator('[data-figure=known]')).toHaveText('0');
});

test('a file that is none is refused with a reason, and one that was looked at can be deleted', async ({ page }) => {
  await logInAdmin(page, list);
  await choose(page, 'Partner', northwind.partner);
  await page.getByLabel('File').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('PK\x03\x04 and then no workbook', 'latin1') });
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await expect(page.getByRole('alert')).toContainText('workbook cannot be read');
  await page.waitForLoadState();
  await awake(page);
  const tag = newTag();
  await upload(page, northwind.partner, `${tag}.csv`, table(tag, 3, 2));
  await expect(page.locator('[data-verdict]')).toHaveText('Of its 3 rows: 2 new, 1 invalid.');
  await page.getByText('Delete the file…').click();
  await page.getByRole('button', { name: 'Delete this file' }).click();
  await expect(page.getByText('The file is deleted.')).toBeVisible();
  await expect(page.getByText(`${tag}.csv`)).toBeHidden();
});
