// Leads on an invoice: added by period and campaign, each once; what is returned later is to be credited.

import type { Page } from '@playwright/test';
import { awake, choose, contoso, expect, importLeads, logIn, logInAdmin, names, newTag, rows, test, visit } from './support.ts';

const today = new Date().toISOString().slice(0, 10);
const leads = (page: Page) => page.getByRole('region', { name: 'Leads', exact: true });

async function drafted(admin: Page) {
  await visit(admin, '/admin/invoices/new');
  await choose(admin, 'Partner', contoso.partner);
  await admin.getByRole('button', { name: 'Create a draft' }).click();
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText('Draft invoice');
  await settled(admin);
}

async function settled(page: Page) {
  await page.waitForLoadState();
  await awake(page);
}

async function add(admin: Page, campaign: string) {
  if (!(await leads(admin).getByLabel('Delivered until').isVisible())) await leads(admin).locator('summary').click();
  await leads(admin).getByLabel('Delivered from').fill('');
  await leads(admin).getByLabel('Delivered until').fill(today);
  await leads(admin).getByRole('combobox', { name: 'Campaign' }).selectOption(campaign);
  await leads(admin).getByLabel('Tax %').fill('20');
  await leads(admin).getByRole('button', { name: 'Add leads' }).click();
}

test('leads are billed once, and credited when they are taken back', async ({ page }) => {
  test.slow();
  const tag = newTag();
  const campaign = `Bill ${tag}`;
  const lead = (n: number) => ({
    external_id: `${tag}-${n}`, name: `Bea Bill-${n}-${tag}`, email: `${tag}-${n}@mail.example`, campaign,
    price: '40.00', currency: 'EUR', delivered_at: `${today} 00:00`,
  });
  await importLeads(contoso.partner, [1, 2, 3].map(lead));
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, '/admin/invoices');
  await drafted(admin);
  await leads(admin).getByLabel('Delivered until').fill(today);
  await leads(admin).getByLabel('Tax %').fill('a lot');
  await leads(admin).getByRole('button', { name: 'Add leads' }).click();
  await expect(admin.locator('#tax_rate-error')).toContainText('Enter the tax in percent');
  await settled(admin);
  await add(admin, campaign);
  await expect(admin.locator('[data-billing]')).toBeVisible();
  await expect(admin.locator('[data-billing]')).toContainText('3 are on this invoice');
  await expect(rows(admin)).toContainText([`Leads “${campaign}”`]);
  await expect(admin.locator('[data-sums]')).toContainText('€144.00');
  await settled(admin);
  await admin.getByLabel('Line 1: description').fill('Handling');
  await admin.getByLabel('Line 1: quantity').fill('1');
  await admin.getByLabel('Line 1: unit price').fill('6');
  await admin.getByLabel('Line 1: tax %').fill('0');
  await admin.getByRole('button', { name: 'Save the draft' }).click();
  await expect(admin.getByText('The draft is saved.')).toBeVisible();
  await expect(admin.locator('[data-sums]')).toContainText('€150.00');
  const first = admin.url().replace(/\?.*/, '');

  await drafted(admin);
  await add(admin, campaign);
  await expect(admin.getByText('There are no leads to bill in this period')).toBeVisible();
  await visit(admin, first);
  await leads(admin).getByRole('button', { name: `Remove Leads “${campaign}”` }).click();
  await expect(admin.getByText('The leads are removed.')).toBeVisible();
  await settled(admin);
  await add(admin, campaign);
  await expect(admin.locator('[data-billing]')).toBeVisible();
  await settled(admin);

  await logIn(page, contoso.owner, `/partner/leads?q=${tag}-1`);
  const decision = page.getByRole('region', { name: 'Your decision' });
  const ask = async (n: number) => {
    await visit(page, `/partner/leads?q=${tag}-${n}`);
    await names(page).first().click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Bea Bill-${n}-${tag}`);
    await settled(page);
    await decision.locator('summary').click();
    await decision.getByRole('combobox', { name: 'Reason' }).selectOption({ label: 'Duplicate' });
    await decision.getByRole('textbox', { name: 'Comment' }).fill('Known to us');
    await decision.getByRole('button', { name: 'Request the return' }).click();
    await visit(admin, `/admin/leads?q=${tag}-${n}`);
    await names(admin).first().click();
    await expect(admin.getByRole('heading', { level: 1 })).toHaveText(`Bea Bill-${n}-${tag}`);
    await settled(admin);
    await admin.getByRole('region', { name: 'Return', exact: true }).getByRole('button', { name: 'Approve' }).click();
    await expect(admin.getByText('1 return approved.')).toBeVisible();
  };
  await ask(1);
  await visit(admin, first);
  await expect(admin.getByText('have been returned since they were added')).toBeVisible();
  await leads(admin).getByRole('button', { name: 'Remove returned leads' }).click();
  await expect(admin.locator('[data-sums]')).toContainText('€102.00');
  await settled(admin);
  await admin.getByRole('button', { name: 'Issue the invoice' }).click();
  await expect(admin.getByText('The invoice is issued.')).toBeVisible();
  const number = /\d{4}-\d{4,}/.exec((await admin.getByRole('heading', { level: 1 }).textContent())!)![0];
  await ask(2);
  await visit(admin, '/admin/returns?view=credit');
  const credit = rows(admin).filter({ hasText: `Bea Bill-2-${tag}` });
  await expect(credit).toContainText(number);
  await expect(credit).toContainText('40.00');
  await expect(rows(admin).filter({ hasText: `Bea Bill-1-${tag}` })).toHaveCount(0);
  await context.close();
});
