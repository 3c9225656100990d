// One lead: opening it, taking it, refusing it.

import type { Page } from '@playwright/test';
import { awake, expect, importLeads, logIn, names, newTag, northwind, rows, test, visit } from './support.ts';

/** A new lead, alone in the list that is open. */
let tag: string;
let name: string;

test.beforeEach(async ({ page }) => {
  tag = newTag();
  name = `Nadia Probe-${tag}`;
  const lead = { external_id: tag, name, email: `${tag}@mail.example`, campaign: `Review ${tag}`, delivered_at: '2024-02-01 09:30' };
  await importLeads(northwind.partner, [lead]);
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}`);
});

const inList = (page: Page) => rows(page).filter({ hasText: name }).locator('[data-label=Status]');
const status = (page: Page) => page.locator('.page__head .badge');
const history = (page: Page) => page.getByRole('region', { name: 'History' }).getByRole('listitem');
const reason = (page: Page) => page.getByRole('combobox', { name: 'Reason' });
const comment = (page: Page) => page.getByRole('textbox', { name: 'Comment' });

async function open(page: Page) {
  await names(page).getByText(name).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  await page.waitForLoadState();
  await awake(page);
}

async function reject(page: Page, why: string, words: string) {
  if (!(await reason(page).isVisible())) await page.locator('summary', { hasText: /Reject|reason/ }).click();
  await reason(page).selectOption(why);
  await comment(page).fill(words);
  await page.getByRole('button', { name: 'Reject this lead' }).click();
}

test('opening a new lead makes it a viewed one', async ({ page }) => {
  await expect(inList(page)).toHaveText('New');
  await open(page);
  await expect(status(page)).toHaveText('Viewed');
  await expect(history(page)).toHaveText([/^Delivered to you/, /^Viewed/]);
  await expect(history(page).last()).toContainText(northwind.memberName);
  await page.getByRole('link', { name: 'Back to leads' }).click();
  await expect(inList(page)).toHaveText('Viewed');
});

test('a lead is accepted', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Accept' }).click();
  await expect(status(page)).toHaveText('Accepted');
  await expect(page.getByText('You accepted this lead.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Accept' })).toHaveCount(0);
  await expect(history(page)).toHaveText([/^Delivered to you/, /^Viewed/, /^Accepted/]);
  await page.getByRole('link', { name: 'Back to leads' }).click();
  await expect(inList(page)).toHaveText('Accepted');
});

test('a lead is rejected for a reason and with a comment', async ({ page }) => {
  const words = 'Called on Monday:\n<b>already</b> our customer & happy';
  await open(page);
  await reject(page, 'Duplicate', words);
  await expect(status(page)).toHaveText('Rejected');
  await expect(history(page)).toHaveCount(3);
  await expect(history(page).last()).toContainText(/Rejected\s*: Duplicate/);
  await expect(history(page).last()).toContainText(words);
  await expect(history(page).last()).toContainText(northwind.memberName);
});

test('a decision can be changed, and the history keeps both', async ({ page }) => {
  await open(page);
  await reject(page, 'Out of area', '');
  await expect(status(page)).toHaveText('Rejected');
  await page.getByRole('button', { name: 'Accept' }).click();
  await expect(status(page)).toHaveText('Accepted');
  await expect(history(page)).toHaveText([/^Delivered to you/, /^Viewed/, /^Rejected\s*: Out of area/, /^Accepted/]);
});

test('a rejection for another reason has to say which', async ({ page }) => {
  await open(page);
  await reject(page, 'Other (with a comment)', '   ');
  const field = page.locator('.field', { has: comment(page) });
  await expect(field).toContainText('Say what is wrong with this lead.');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(status(page)).toHaveText('Viewed');
  await expect(reason(page)).toHaveValue('other');
  await expect(comment(page)).toHaveValue('   ');
  expect(page.url(), 'nothing typed stands in an address').not.toContain('__err');

  await reject(page, 'Other (with a comment)', 'Wants a boat');
  await expect(status(page)).toHaveText('Rejected');
  await expect(history(page).last()).toContainText('Wants a boat');
  await expect(page.getByRole('alert')).toHaveCount(0);
});
