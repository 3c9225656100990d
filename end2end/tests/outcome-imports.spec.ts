// A file of outcomes: handed in, looked over, read while the page is open, its rejected rows taken home.

import { readFile } from 'node:fs/promises';
import { awake, contoso, expect, importLeads, logIn, names, newTag, test, visit } from './support.ts';

const today = new Date().toISOString().slice(0, 10);

test('a file of outcomes is looked over and recorded', async ({ page }) => {
  test.slow();
  const tag = newTag();
  await importLeads(contoso.partner, [1, 2, 3].map((n) => ({
    external_id: `${tag}-${n}`, name: `Fay File-${n}-${tag}`, email: `${tag}-${n}@mail.example`, campaign: `File ${tag}`, delivered_at: `${today} 00:00`,
  })));
  await logIn(page, contoso.owner, '/partner/leads');
  await page.getByRole('link', { name: 'Import outcomes' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Import outcomes');
  await page.waitForLoadState();
  await awake(page);
  const hand = async (name: string, text: string) => {
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByRole('button', { name: 'Upload and preview' }).click();
  };
  await hand('empty.csv', 'Lead ID,Outcome\n');
  await expect(page.getByRole('alert')).toContainText('no rows below its header');
  await page.waitForLoadState();
  await awake(page);
  await hand(`${tag}.csv`, `Lead ID,E-Mail,Result,Value,Remark\n${tag}-1,,Sold,900,\n,${tag.toUpperCase()}-2@mail.example,Lost,,No budget\n${tag}-9,,Sold,1,\n`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${tag}.csv`);
  await expect(page.locator('[data-verdict]')).toHaveText('Of its 3 rows: 1 recorded, 2 rejected.');
  await page.getByLabel('Remark is read as').selectOption({ label: 'Comment' });
  await page.getByRole('button', { name: 'Update the preview' }).click();
  await expect(page.locator('[data-verdict]')).toHaveText('Of its 3 rows: 2 recorded, 1 rejected.');
  await expect(page.getByRole('table', { name: 'The first outcomes that would be recorded' })).toContainText(`Fay File-2-${tag}`);
  await page.waitForLoadState();
  await awake(page);
  await page.getByRole('button', { name: 'Record the outcomes' }).click();
  await expect(page.getByRole('heading', { name: 'Progress' })).toBeVisible();
  await expect(async () => {
    if (test.info().project.name === 'without-javascript') await page.reload();
    await expect(page.locator('.badge').getByText('Done', { exact: true })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(page.locator('[data-figure=added]')).toHaveText('2');
  await expect(page.locator('[data-figure=rejected]')).toHaveText('1');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all with the reasons' }).click();
  const rejected = await readFile(await (await download).path(), 'utf8');
  expect(rejected).toContain(`4,Lead ID,none of your leads has it,${tag}-9,,Sold,1,`);
  await visit(page, `/partner/leads?q=${tag}-2`);
  await names(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Fay File-2-${tag}`);
  await expect(page.getByText('No budget').first()).toBeVisible();
});
