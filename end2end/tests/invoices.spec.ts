// Invoices as a partner's bookkeeper uses them: found by status, opened, downloaded, and the files read by other programs.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Download, Page } from '@playwright/test';
import { parse } from 'csv-parse/sync';
import { expect, logIn, northwind, test, visit } from './support.ts';

async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; path: string }> {
  const [file]: [Download, void] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), path: await file.path() };
}

const numbers = (page: Page) => page.locator('tbody .row-link');
const cents = (text: string) => Math.round(Number(text.replace(/[^0-9.−-]/g, '').replace('−', '-')) * 100);

test('sums lead to the invoices that make them up', async ({ page }) => {
  await logIn(page, northwind.finance, '/partner/invoices');
  for (const state of ['pending', 'overdue']) {
    await visit(page, '/partner/invoices');
    const tile = page.locator(`[data-sum=${state}]`);
    const sum = cents((await tile.locator('.tile__figure').textContent())!);
    const count = Number(/\d+/.exec((await tile.locator('.tile__note').textContent())!)![0]);
    await tile.click();
    await expect(page).toHaveURL(new RegExp(`status=${state}`));
    await expect(page.locator('[data-count]')).toHaveText(String(count));
    await expect(page.locator('tbody .badge')).toHaveText(Array(count).fill(state[0]!.toUpperCase() + state.slice(1)));
    const rows = await page.locator('tbody td.cell-amount').allTextContents();
    const open = rows.map((row) => cents(/(€[\d,.]+) open/.exec(row)?.[1] ?? row));
    expect(open.reduce((all, one) => all + one, 0)).toBe(sum);
  }
});

test('an invoice and its files say the same', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner/invoices?status=paid');
  const number = (await numbers(page).first().textContent())!;
  await numbers(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Invoice ${number}`);
  const total = (await page.locator('.sum--total td').textContent())!;
  const lines = await page.locator('tbody tr').count();

  const pdf = await download(page, () => page.getByRole('link', { name: 'Download PDF' }).click());
  expect(pdf.name).toBe(`invoice-${number}.pdf`);
  const { stdout: text } = await promisify(execFile)('pdftotext', ['-layout', pdf.path, '-']);
  for (const part of [number, total, 'Brightway Leads GmbH', 'Torstraße 140', 'page 1 of']) expect(text).toContain(part);

  const csv = await download(page, () => page.getByRole('link', { name: 'Download CSV' }).click());
  const rows: Record<string, string>[] = parse(await readFile(csv.path, 'utf8'), { columns: true });
  expect(rows).toHaveLength(lines);
  expect(rows.reduce((sum, row) => sum + cents(row['Net']!), 0)).toBe(cents(rows[0]!['Invoice net']!));
  expect(cents(rows[0]!['Invoice total']!)).toBe(cents(total));
});

test('several invoices come as one ZIP file', async ({ page }) => {
  await logIn(page, northwind.finance, '/partner/invoices');
  const chosen = (await numbers(page).allTextContents()).slice(0, 2);
  for (const number of chosen) await page.getByRole('checkbox', { name: `Select invoice ${number}` }).check();
  const zip = await download(page, () => page.getByRole('button', { name: 'Download CSV' }).click());
  expect(zip.name).toMatch(/^invoices-\d{4}-\d\d-\d\d\.zip$/);
  const { stdout } = await promisify(execFile)('python3', ['-m', 'zipfile', '-l', zip.path]);
  for (const number of chosen) expect(stdout).toContain(`invoice-${number}.csv`);
  expect(stdout.trim().split('\n')).toHaveLength(3);
});

test('the dashboard counts what the lists count', async ({ page }) => {
  await logIn(page, northwind.owner, '/partner');
  const figure = (name: string) => page.locator(`[data-figure=${name}] .tile__figure`).textContent();
  const [total, month, pending, overdue] = [await figure('total'), await figure('month'), await figure('pending'), await figure('overdue')];
  const href = (await page.locator('[data-figure=month]').getAttribute('href'))!;
  await page.locator('.chart__table summary').click();
  await expect(page.locator('.chart__table tbody tr')).toHaveCount(30);
  const bar = page.locator('.chart__step').last();
  await expect(bar.locator('.chart__tip')).toBeHidden();
  await bar.focus();
  await expect(bar.locator('.chart__tip'), 'by the keyboard').toBeVisible();
  // By the head of the slot, where no bar reaches: a tall one lies over its middle.
  await page.locator('.chart__slot').nth(3).hover({ position: { x: 8, y: 4 } });
  await expect(page.locator('.chart__step').nth(3).locator('.chart__tip'), 'by the mouse').toBeVisible();
  await expect(bar.locator('.chart__tip'), 'one at a time').toBeHidden();
  await page.getByRole('link', { name: '12 months' }).click();
  await expect(page.locator('.chart__step')).toHaveCount(12);
  await page.locator('.chart__table summary').click();
  const cell = page.locator('.chart__table tbody tr').first().getByRole('link');
  const counted = (await cell.textContent())!;
  await cell.click();
  await expect(page.getByRole('heading', { name: 'Leads', exact: true })).toBeVisible();
  expect(cents((await page.locator('[data-count]').textContent())!), 'the figure leads to its leads').toBeGreaterThanOrEqual(cents(counted));
  await visit(page, '/partner/invoices');
  await expect(page.locator('[data-sum=pending] .tile__figure')).toHaveText(pending!);
  await expect(page.locator('[data-sum=overdue] .tile__figure')).toHaveText(overdue!);
  // Other tests bring leads along meanwhile; none ever goes away.
  const atLeast = async (path: string, before: string) => {
    await visit(page, path);
    const now = (await page.locator('[data-count]').textContent())!;
    expect(cents(now)).toBeGreaterThanOrEqual(cents(before));
    expect(cents(now) - cents(before)).toBeLessThan(100_00);
  };
  await atLeast('/partner/leads', total!);
  await atLeast(href, month!);
});

test('each role sees its part of the dashboard', async ({ page }) => {
  await logIn(page, northwind.finance, '/partner');
  await expect(page.locator('[data-figure=pending]')).toBeVisible();
  await expect(page.locator('[data-figure=total]')).toHaveCount(0);
  await page.context().clearCookies();
  await logIn(page, northwind.viewer, '/partner');
  await expect(page.locator('[data-figure=total]')).toBeVisible();
  await expect(page.locator('[data-figure=pending]')).toHaveCount(0);
});
