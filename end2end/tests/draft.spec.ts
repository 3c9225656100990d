// What moves in the form of an invoice's draft: sums that follow the typing, lines that come, go and change places.

import type { Page } from '@playwright/test';
import { choose, expect, logInAdmin, test } from './support.ts';

const cell = (page: Page, line: number, field: string) => page.getByLabel(`Line ${line}: ${field}`, { exact: true });
const sum = (page: Page, name: string) => page.locator('[data-sums] div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd');

async function draft(page: Page) {
  await logInAdmin(page, '/admin/invoices/new');
  await choose(page, 'Partner', 'Northwind Solar');
  await page.getByRole('button', { name: 'Create a draft' }).click();
  await expect(page.getByRole('heading', { name: 'Lines' })).toBeVisible();
}

async function write(page: Page, line: number, description: string, quantity: string, price: string, rate: string) {
  await cell(page, line, 'Description').fill(description);
  await cell(page, line, 'Quantity').fill(quantity);
  await cell(page, line, 'Unit price').fill(price);
  await cell(page, line, 'Tax %').fill(rate);
}

test('sums follow what is typed, and are what is saved', async ({ page, complaints }) => {
  await draft(page);
  await write(page, 1, 'Leads', '2.5', '10,01', '19');
  await expect(sum(page, 'Before tax')).toHaveText('€25.03');
  await write(page, 2, 'Setup', '1', '3', '7');
  await expect(sum(page, 'Tax 7 %')).toHaveText('€0.21');
  await cell(page, 2, 'Unit price').fill('3.x');
  await expect(sum(page, 'Before tax'), 'what cannot be read counts no more').toHaveText('€25.03');
  await cell(page, 2, 'Unit price').fill('3');
  const total = (await sum(page, 'Total').textContent())!;
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await expect(page.getByText('The draft is saved.')).toBeVisible();
  await expect(sum(page, 'Total')).toHaveText(total);
  expect(complaints).toEqual([]);
});

test('lines are added, put in another order and taken away, by mouse and keyboard', async ({ page, complaints }) => {
  await draft(page);
  await write(page, 1, 'First', '1', '1', '19');
  await write(page, 2, 'Second', '1', '2', '19');
  await write(page, 3, 'Third', '1', '4', '19');
  await page.getByRole('button', { name: 'Add a line' }).focus();
  await page.keyboard.press('Enter');
  await expect(cell(page, 4, 'Description')).toBeFocused();
  await expect(cell(page, 4, 'Tax %'), 'the rate of the line above').toHaveValue('19');
  await write(page, 4, 'Fourth', '1', '8', '19');
  await page.getByRole('button', { name: 'Line 3: Move up' }).click();
  await expect(cell(page, 2, 'Description')).toHaveValue('Third');
  await expect(page.getByRole('button', { name: 'Line 2: Move up' }), 'the focus goes along').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(cell(page, 1, 'Description')).toHaveValue('Third');
  await page.getByRole('button', { name: 'Line 2: Take away' }).click();
  await expect(sum(page, 'Before tax')).toHaveText('€14.00');
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await expect(page.getByText('The draft is saved.')).toBeVisible();
  const descriptions = [1, 2, 3].map((line) => cell(page, line, 'Description').inputValue());
  expect(await Promise.all(descriptions)).toEqual(['Third', 'Second', 'Fourth']);
  await expect(sum(page, 'Before tax')).toHaveText('€14.00');
  expect(complaints).toEqual([]);
});
