// Returns: asked for with evidence, decided by staff, seen by the partner, told by reports.

import type { Page } from '@playwright/test';
import {
  awake, choose, contoso, counts, expect, importLeads, logIn, logInAdmin, names, newTag, rows, test, visit,
} from './support.ts';

let tag: string;
const today = new Date().toISOString().slice(0, 10);

test.beforeEach(async ({ page }) => {
  tag = newTag();
  const lead = (n: number) => ({
    external_id: `${tag}-${n}`, name: `Rita Back-${n}-${tag}`, email: `${tag}-${n}@mail.example`, campaign: `Return ${tag}`,
    price: '40.00', currency: 'EUR', delivered_at: `${today} 00:00`,
  });
  await importLeads(contoso.partner, [1, 2, 3].map(lead));
  await logIn(page, contoso.owner);
});

const decision = (page: Page) => page.getByRole('region', { name: 'Your decision' });
const returned = (page: Page) => page.getByRole('region', { name: 'Return', exact: true });
const files = (page: Page) => page.getByRole('region', { name: 'Files' });

async function open(page: Page, n: number, list = '/partner/leads') {
  await visit(page, `${list}?q=${tag}-${n}`);
  await names(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Rita Back-${n}-${tag}`);
  await page.waitForLoadState();
  await awake(page);
}

/** Somebody of the account, beside the partner. */
async function staff(page: Page, to: string) {
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, to);
  return admin;
}

async function ask(page: Page, reason: string) {
  await decision(page).locator('summary').click();
  await decision(page).getByRole('combobox', { name: 'Reason' }).selectOption({ label: reason });
  await decision(page).getByRole('textbox', { name: 'Comment' }).fill(`We called ${tag}`);
  await decision(page).getByRole('button', { name: 'Request the return' }).click();
  await expect(returned(page)).toContainText('Return requested');
}

test('from the request with evidence to the decision, and to the figures of both sides', async ({ page }) => {
  await open(page, 1);
  await decision(page).locator('summary').click();
  await expect(decision(page).locator('[data-outlook]')).toContainText('You can return this lead until');
  await expect(decision(page).locator('[data-quota]')).toContainText('returns are left');
  await files(page).getByLabel('New file').setInputFiles({ name: 'call log.txt', mimeType: 'text/plain', buffer: Buffer.from(`Called ${tag}`) });
  await files(page).getByRole('button', { name: 'Attach' }).click();
  await expect(page.getByText('The file is attached.')).toBeVisible();
  await awake(page);
  await ask(page, 'Duplicate');
  const admin = await staff(page, '/admin/returns');
  await choose(admin, 'Partner', contoso.partner);
  await admin.getByRole('button', { name: 'Show' }).click();
  const row = rows(admin).filter({ hasText: `Rita Back-1-${tag}` });
  await expect(row.locator('[data-label=Reason]')).toContainText(`We called ${tag}`);
  await expect(row.locator('[data-label=Files]')).toHaveText('1');
  await row.getByRole('link', { name: `Rita Back-1-${tag}` }).click();
  await admin.waitForLoadState();
  await awake(admin);
  const download = admin.waitForEvent('download');
  await files(admin).getByRole('link', { name: 'call log.txt' }).click();
  expect((await download).suggestedFilename()).toBe('call-log.txt');
  await returned(admin).getByRole('button', { name: 'Decline' }).click();
  await expect(admin.getByText('Tell the partner why.').first()).toBeVisible();
  await returned(admin).getByRole('textbox', { name: 'Answer to the partner' }).fill(`Thank you ${tag}`);
  await returned(admin).getByRole('button', { name: 'Approve' }).click();
  await expect(admin.getByText('1 return approved.')).toBeVisible();
  await visit(page, page.url());
  await expect(returned(page)).toContainText('Returned');
  await expect(returned(page)).toContainText(`Thank you ${tag}`);
  await expect(decision(page)).toContainText('has taken this lead back');
  await visit(page, `/partner/reports?from=${today}&to=${today}&by=campaign&campaign=Return+${tag}`);
  const figures = rows(page).filter({ hasText: `Return ${tag}` });
  await expect(figures.locator('[data-label=Spend]')).toHaveText('€80.00');
  await figures.locator('[data-label=Returned] a').click();
  await counts(page, 1);
  await expect(names(page).first()).toHaveText(`Rita Back-1-${tag}`);
  await admin.context().close();
});

test('staff decide on several at once, and a partner withdraws in time', async ({ page }) => {
  for (const n of [1, 2, 3]) {
    await open(page, n);
    await ask(page, 'Duplicate');
  }
  await returned(page).getByRole('button', { name: 'Withdraw the request' }).click();
  await expect(returned(page)).toContainText('Return withdrawn');
  await expect(decision(page)).toContainText('Accept this lead?');
  const admin = await staff(page, '/admin/returns');
  await choose(admin, 'Partner', contoso.partner);
  await admin.getByRole('button', { name: 'Show' }).click();
  await admin.waitForLoadState();
  await awake(admin);
  for (const n of [1, 2]) await admin.getByRole('checkbox', { name: `Select Rita Back-${n}-${tag}` }).check();
  await expect(admin.getByRole('checkbox', { name: `Select Rita Back-3-${tag}` })).toHaveCount(0);
  const form = admin.getByRole('form', { name: 'Decision' });
  await form.getByRole('textbox', { name: 'Answer to the partner' }).fill(`We reached them ${tag}`);
  await form.getByRole('button', { name: 'Decline' }).click();
  await expect(admin.getByText('2 returns declined.')).toBeVisible();
  await visit(admin, `/admin/leads?q=${tag}&return=declined`);
  await counts(admin, 2);
  await open(page, 2);
  await expect(returned(page)).toContainText(`We reached them ${tag}`);
  await admin.context().close();
});
