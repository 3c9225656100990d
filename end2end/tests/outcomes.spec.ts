// What becomes of leads: recorded by a tap and for many at once, planned, written about by both sides, told by reports.

import type { Page } from '@playwright/test';
import {
  awake, choose, counts, expect, exported, importLeads, logIn, logInAdmin, names, newTag, northwind, rows, test, visit,
} from './support.ts';

let tag: string;

test.beforeEach(async ({ page }) => {
  tag = newTag();
  const lead = (n: number) => ({
    external_id: `${tag}-${n}`, name: `Olive Come-${n}-${tag}`, email: `${tag}-${n}@mail.example`, campaign: `Outcome ${tag}`,
    price: '40.00', currency: 'EUR', delivered_at: `2024-03-0${n} 09:30`,
  });
  await importLeads(northwind.partner, [1, 2, 3].map(lead));
  await logIn(page, northwind.owner);
});

const outcome = (page: Page) => page.getByRole('region', { name: 'Outcome' });
const notes = (page: Page) => page.getByRole('region', { name: 'Notes' });

async function open(page: Page, n: number) {
  await visit(page, `/partner/leads?q=${tag}-${n}`);
  await names(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Olive Come-${n}-${tag}`);
  await page.waitForLoadState();
  await awake(page);
}

test('one tap says what became of a lead; a sale has its value, a loss its reason', async ({ page }) => {
  await open(page, 1);
  await expect(outcome(page)).toContainText('Nothing recorded yet.');
  await outcome(page).getByRole('button', { name: 'Contacted' }).click();
  await expect(outcome(page).locator('[data-outcome]')).toHaveText('Contacted');
  await outcome(page).locator('summary', { hasText: 'Sold' }).click();
  await outcome(page).getByRole('textbox', { name: /^Value/ }).fill('1.200');
  await outcome(page).getByRole('button', { name: 'Sold', exact: true }).click();
  await expect(page.getByText('Is this €1.20 or €1,200.00?').first()).toBeVisible();
  await outcome(page).getByRole('textbox', { name: /^Value/ }).fill('1200,50');
  await outcome(page).getByRole('button', { name: 'Sold', exact: true }).click();
  await expect(outcome(page).locator('[data-outcome]')).toHaveText('Sold, €1,200.50');
  const history = page.getByRole('region', { name: 'History' }).getByRole('listitem');
  await expect(history).toHaveText([/^Delivered/, /^Viewed/, /^Contacted/, /^Sold, €1,200\.50/]);
});

test('from a report to its leads, an outcome for all of them, and back to the report', async ({ page }) => {
  const report = `/partner/reports?from=2024-03-01&to=2024-03-31&by=campaign&campaign=Outcome+${tag}`;
  await visit(page, report);
  const row = rows(page).filter({ hasText: `Outcome ${tag}` });
  await expect(row.locator('[data-label=Spend]')).toHaveText('€120.00');
  await row.locator('[data-label=Leads] a').click();
  await counts(page, 3);
  for (const box of await page.locator('tbody input[type=checkbox]').all()) await box.check();
  const form = page.getByRole('form', { name: 'Selected leads' });
  await form.locator('summary', { hasText: 'Outcome' }).click();
  await form.getByRole('combobox', { name: 'Outcome' }).selectOption({ label: 'Sold' });
  await form.getByRole('textbox', { name: 'Value of a sale' }).fill('500');
  await form.getByRole('button', { name: 'Record the outcome' }).click();
  await expect(page.getByText('Outcome recorded for 3 leads.')).toBeVisible();
  await visit(page, report);
  await expect(row.locator('[data-label=Sales]')).toHaveText('€1,500.00');
  await expect(row.locator('[data-label="Cost per sale"]')).toHaveText('€40.00');
  await row.locator('[data-label=Sold] a').click();
  await counts(page, 3);
  await visit(page, report);
  expect((await exported(page)).leads).toHaveLength(1);
});

test('the next step stands on the dashboard until it is done', async ({ page }) => {
  await open(page, 2);
  const next = page.getByRole('region', { name: 'Next step' });
  await next.getByRole('textbox', { name: 'What is to be done' }).fill(`Call ${tag}`);
  await next.getByLabel('On', { exact: true }).fill('2024-04-02');
  await next.getByRole('combobox', { name: 'Who sees to it' }).selectOption({ label: northwind.memberName });
  await next.getByRole('button', { name: 'Save the next step' }).click();
  await expect(page.getByText('The next step is saved.')).toBeVisible();
  await visit(page, '/partner');
  const due = page.getByRole('region', { name: 'To do today' }).getByRole('listitem').filter({ hasText: `Call ${tag}` });
  await expect(due).toContainText(northwind.memberName);
  await due.getByRole('link').click();
  await page.waitForLoadState();
  await awake(page);
  await next.getByRole('textbox', { name: 'What is to be done' }).fill('');
  await next.getByLabel('On', { exact: true }).fill('');
  await next.getByRole('button', { name: 'Save the next step' }).click();
  await expect(page.getByText('The next step is saved.')).toBeVisible();
  await visit(page, '/partner');
  await expect(page.getByText(`Call ${tag}`)).toHaveCount(0);
});

test('both sides write to each other about one lead, and staff find it in their own list', async ({ page, browser }) => {
  await open(page, 3);
  await notes(page).getByRole('textbox', { name: 'New note' }).fill(`Please call them first ${tag}`);
  await notes(page).getByRole('checkbox').check();
  await notes(page).getByRole('button', { name: 'Write' }).click();
  await expect(notes(page).getByRole('listitem')).toContainText('shared with');
  await notes(page).getByRole('textbox', { name: 'New note' }).fill(`Between us ${tag}`);
  await notes(page).getByRole('button', { name: 'Write' }).click();
  await expect(notes(page).getByRole('listitem')).toHaveCount(2);
  const context = await browser.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, `/admin/leads?q=${tag}-3`);
  await counts(admin, 1);
  await expect(rows(admin).locator('[data-label=Partner]')).toHaveText(northwind.partner);
  await names(admin).first().click();
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText(`Olive Come-3-${tag}`);
  await admin.waitForLoadState();
  await awake(admin);
  await expect(notes(admin).getByRole('listitem')).toHaveText([new RegExp(`^Please call them first ${tag}`)]);
  await notes(admin).getByRole('textbox', { name: 'New note' }).fill(`We did ${tag}`);
  await notes(admin).getByRole('checkbox').check();
  await notes(admin).getByRole('button', { name: 'Write' }).click();
  await expect(notes(admin).getByRole('listitem')).toHaveCount(2);
  await context.close();
  await visit(page, page.url());
  await expect(notes(page).getByRole('listitem').filter({ hasText: `We did ${tag}` })).toContainText('from');
});

test('staff narrow their list to a partner', async ({ browser }) => {
  const context = await browser.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, `/admin/leads?q=${tag}`);
  await counts(admin, 3);
  await admin.locator('summary', { hasText: 'More filters' }).click();
  await choose(admin, 'Partner', 'Contoso Heating');
  await admin.getByRole('button', { name: 'Apply' }).click();
  await expect(admin.getByRole('heading', { name: 'No lead matches' })).toBeVisible();
  await context.close();
});
