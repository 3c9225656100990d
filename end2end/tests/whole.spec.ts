// The whole way of a lead: from a figure of the report to its leads, a view of them, what became of them, a return with evidence, the
// decision of staff, and the account's own system, which hears of all of it.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { Webhook } from 'standardwebhooks';
import {
  alone, awake, contoso, counts, expect, importLeads, logIn, logInAdmin, names, newTag, rows, test, visit,
} from './support.ts';

const today = new Date().toISOString().slice(0, 10);

type Came = { headers: Record<string, string>; body: string };

const running: Server[] = [];

test.afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/** The account's own system: it takes what is signed with its secret, and nothing else. */
async function system() {
  const came: Came[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    came.push({ headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])), body });
    response.writeHead(200).end('thanks');
  });
  running.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  return { came, url };
}

async function beside(page: Page, to: string) {
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, to);
  return admin;
}

test('from the report to the account\u2019s own system', async ({ page }) => {
  test.slow();
  await alone('account-webhook', async () => {
    const tag = newTag();
    const target = await system();
    const admin = await beside(page, '/admin/api-keys');
    await admin.getByRole('textbox', { name: 'Address', exact: true }).fill('');
    await admin.getByRole('region', { name: 'Webhook' }).getByRole('button', { name: 'Save' }).click();
    await expect(admin.getByText('The webhook is saved.')).toBeVisible();
    await admin.waitForLoadState();
    await awake(admin);
    await admin.getByRole('textbox', { name: 'Address', exact: true }).fill(target.url);
    await admin.getByRole('region', { name: 'Webhook' }).getByRole('button', { name: 'Save' }).click();
    await expect(admin.getByText('The signing secret.')).toBeVisible();
    const secret = (await admin.locator('code.secret').textContent())!;

    const lead = (n: number) => ({
      external_id: `${tag}-${n}`, name: `Wanda Way-${n}-${tag}`, email: `${tag}-${n}@mail.example`, campaign: `Whole ${tag}`,
      price: '25.00', currency: 'EUR', delivered_at: `${today} 00:00`,
    });
    await importLeads(contoso.partner, [1, 2, 3].map(lead));
    const report = `/partner/reports?from=${today}&to=${today}&by=campaign&campaign=Whole+${tag}`;
    await logIn(page, contoso.owner, report);
    await rows(page).filter({ hasText: `Whole ${tag}` }).locator('[data-label=Leads] a').click();
    await counts(page, 3);
    await page.waitForLoadState();
    await awake(page);

    await page.locator('summary', { hasText: 'Views' }).click();
    await page.getByLabel('Save this list as').fill(`Whole ${tag}`);
    await page.getByLabel('On the dashboard, with its count').check();
    await page.getByRole('button', { name: 'Save the view' }).click();
    await expect(page.getByText('The view is saved.')).toBeVisible();
    await visit(page, '/partner');
    const tile = page.locator('[data-view]').filter({ hasText: `Whole ${tag}` });
    await expect(tile).toContainText('3');
    await tile.click();
    await counts(page, 3);
    await expect(page.locator('summary', { hasText: `View: Whole ${tag}` })).toBeVisible();
    await page.waitForLoadState();
    await awake(page);

    for (const n of [1, 2]) await page.getByRole('checkbox', { name: `Select Wanda Way-${n}-${tag}` }).check();
    const form = page.getByRole('form', { name: 'Selected leads' });
    await form.locator('summary', { hasText: 'Outcome' }).click();
    await form.getByRole('combobox', { name: 'Outcome' }).selectOption({ label: 'Sold' });
    await form.getByRole('textbox', { name: 'Value of a sale' }).fill('900');
    await form.getByRole('button', { name: 'Record the outcome' }).click();
    await expect(page.getByText('Outcome recorded for 2 leads.')).toBeVisible();

    await visit(page, `/partner/leads?q=${tag}-3`);
    await names(page).first().click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Wanda Way-3-${tag}`);
    await page.waitForLoadState();
    await awake(page);
    const files = page.getByRole('region', { name: 'Files' });
    await files.getByLabel('New file').setInputFiles({ name: 'proof.txt', mimeType: 'text/plain', buffer: Buffer.from(tag) });
    await files.getByRole('button', { name: 'Attach' }).click();
    await expect(page.getByText('The file is attached.')).toBeVisible();
    await page.waitForLoadState();
    await awake(page);
    const decision = page.getByRole('region', { name: 'Your decision' });
    await decision.locator('summary').click();
    await decision.getByRole('combobox', { name: 'Reason' }).selectOption({ label: 'Out of area' });
    await decision.getByRole('button', { name: 'Request the return' }).click();
    const returned = page.getByRole('region', { name: 'Return', exact: true });
    await expect(returned).toContainText('Return requested');

    await visit(admin, `/admin/leads?q=${tag}&return=requested`);
    await names(admin).first().click();
    await expect(admin.getByRole('heading', { level: 1 })).toHaveText(`Wanda Way-3-${tag}`);
    await admin.waitForLoadState();
    await awake(admin);
    await admin.getByRole('region', { name: 'Return', exact: true }).getByRole('button', { name: 'Approve' }).click();
    await expect(admin.getByText('1 return approved.')).toBeVisible();
    await visit(page, page.url());
    await expect(returned).toContainText('Returned');
    await visit(page, report);
    const figures = rows(page).filter({ hasText: `Whole ${tag}` });
    await expect(figures.locator('[data-label=Spend]')).toHaveText('\u20ac50.00');
    await expect(figures.locator('[data-label=Sales]')).toHaveText('\u20ac1,800.00');

    const heard = () => target.came.map(({ body }) => JSON.parse(body)).filter((event) => event.data.lead?.external_id.startsWith(tag));
    const types = ['lead.outcome', 'lead.outcome', 'lead.viewed', 'lead.file_attached', 'lead.rejected', 'lead.return_requested', 'lead.return_approved'];
    await expect.poll(() => heard().map((event) => event.type)).toEqual(types);
    for (const { headers, body } of target.came) new Webhook(secret).verify(body, headers);
    const last = heard().at(-1);
    expect(last.data.lead.return).toMatchObject({ state: 'approved', reason: 'out_of_area' });
    await visit(admin, '/admin/api-keys');
    // Tests beside this one make events, too: some may wait at this moment.
    await expect(admin.locator('[data-waiting]')).toContainText('The last one arrived');
    await admin.getByRole('textbox', { name: 'Address', exact: true }).fill('');
    await admin.getByRole('region', { name: 'Webhook' }).getByRole('button', { name: 'Save' }).click();
    await expect(admin.getByText('The webhook is saved.')).toBeVisible();
    await admin.context().close();
  });
});
