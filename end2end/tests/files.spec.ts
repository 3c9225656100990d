// Files as people really have them, from the upload to the list and back out again; and what is typed while a session ends.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { awake, choose, contoso, enter, expect, exported, logIn, logInAdmin, logOut, newTag, northwind, password, scripted, test, visit } from './support.ts';

type File = { name: string; mimeType: string; buffer: Buffer };

/** Uploads a file for Northwind, looks its columns over, imports it and waits for its end. */
async function imports(page: Page, file: File, readAs: Record<string, string>, leads: number) {
  await logInAdmin(page, '/admin/leads/import');
  await choose(page, 'Partner', northwind.partner);
  await page.getByLabel('File').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload and preview' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(file.name);
  await page.waitForLoadState();
  await awake(page);
  for (const [column, word] of Object.entries(readAs)) {
    await expect(page.getByLabel(`${column} is read as`), column).toHaveValue(word);
  }
  await expect(page.locator('[data-verdict]')).toHaveText(`Of its ${leads} rows: ${leads} new.`);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByRole('button', { name: 'Import the leads' }).click();
  await expect(page.getByRole('heading', { name: 'Progress' })).toBeVisible();
  // With scripts the page follows by itself, and ends with a reload of its own that a visit from here would collide with.
  const done = page.locator('.badge').getByText('Done', { exact: true });
  await expect(async () => {
    if (!scripted()) await visit(page, page.url());
    await expect(done).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.waitForLoadState();
  await awake(page);
  await expect(page.locator('[data-figure=added]')).toHaveText(String(leads));
}

/** Finds the leads of a search as their partner, and exports them. */
async function finds(page: Page, search: string, people: string[]) {
  await logIn(page, northwind.owner);
  await visit(page, `/partner/leads?q=${encodeURIComponent(search)}&sort=oldest`);
  await expect(page.locator('tbody th a')).toHaveText(people);
  return exported(page);
}

test('a file of Meta’s lead centre is read as it is', async ({ page }) => {
  const tag = newTag();
  const lines = [
    'id\tcreated_time\tad_name\tcampaign_name\tis_organic\tfull_name\temail\tphone_number',
    `l:${Date.now()}1\t2026-01-05T08:15:00+01:00\tRoof A\tSolar ${tag}\tfalse\tJörg Test\tjoerg-${tag}@mail.example\tp:+4915112345678`,
    `l:${Date.now()}2\t2026-01-06T09:30:00+01:00\tRoof A\tSolar ${tag}\tfalse\tŽofia Test\tzofia-${tag}@mail.example\tp:+421900123456`,
  ];
  const buffer = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf16le')]);
  const words = { id: 'external_id', created_time: 'delivered_at', campaign_name: 'campaign', full_name: 'name', phone_number: 'phone' };
  await imports(page, { name: `${tag}.csv`, mimeType: 'text/csv', buffer }, words, 2);
  const { leads } = await finds(page, tag, ['Jörg Test', 'Žofia Test']);
  expect(leads.map((lead) => [lead.Phone, lead.Received, lead.ad_name])).toEqual([
    ['+4915112345678', '2026-01-05T08:15:00+01:00', 'Roof A'],
    ['+421900123456', '2026-01-06T09:30:00+01:00', 'Roof A'],
  ]);
});

test('a German spreadsheet is read as it is, and its export is known again', async ({ page }) => {
  const tag = newTag();
  const text = `Vorname;Nachname;E-Mail-Adresse;Telefonnummer;Erstellt am;Preis;Notiz\r\n`
    + `Jürgen;Groß;juergen-${tag}@mail.example;0171 1234567;05.01.2026 08:15;1.250,00 €;"erst\r\ndann"\r\n`
    + `;;;;;;\r\nRené;Öz;rene-${tag}@mail.example;;06.01.2026;25,50\r\n`;
  const file = { name: `${tag}.csv`, mimeType: 'text/csv', buffer: Buffer.from(text.replace('€', '\x80'), 'latin1') };
  await imports(page, file, { Vorname: 'first_name', Telefonnummer: 'phone', 'Erstellt am': 'delivered_at', Preis: 'price' }, 2);
  await logOut(page);
  const { leads } = await finds(page, tag, ['Jürgen Groß', 'René Öz']);
  expect(leads.map((lead) => [lead.Price, lead.Notiz])).toEqual([['1250.00', 'erst\r\ndann'], ['25.50', '']]);
  await visit(page, '/partner/leads?q=+49%20171%201234567');
  await expect(page.locator('tbody th a').filter({ hasText: 'Jürgen Groß' }).first()).toBeVisible();
});

test('a workbook is read, sheet by sheet', async ({ page }) => {
  const tag = newTag();
  const folder = await mkdtemp(join(tmpdir(), 'workbook-'));
  const path = join(folder, 'leads.xlsx');
  execFileSync('python3', ['-c', WORKBOOK, path, tag]);
  const file = {
    name: `${tag}.xlsx`,
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    buffer: await readFile(path),
  };
  await rm(folder, { recursive: true });
  await imports(page, file, { Name: 'name', Phone: 'phone', Created: 'delivered_at' }, 2);
  await logOut(page);
  const { leads } = await finds(page, tag, ['Ada Book', 'Bob Book']);
  expect(leads.map((lead) => [lead.Phone, lead.Received!.slice(0, 10)])).toEqual([['4930123456', '2026-01-05'], ['4930123457', '2026-01-06']]);
});

// A workbook of one sheet, as its parts: texts in place, a number, and a date by its format.
const WORKBOOK = `
import sys, zipfile
path, tag = sys.argv[1:]
row = lambda n, cells: '<row r="%d">%s</row>' % (n, ''.join(cells))
text = lambda ref, value: '<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (ref, value)
number = lambda ref, value, style='': '<c r="%s"%s><v>%s</v></c>' % (ref, style, value)
rows = [row(1, [text('A1', 'Name'), text('B1', 'Email'), text('C1', 'Phone'), text('D1', 'Created')])]
for n, name in ((2, 'Ada Book'), (4, 'Bob Book')):
    rows.append(row(n, [text('A%d' % n, name), text('B%d' % n, '%s-%d@mail.example' % (tag, n)),
        number('C%d' % n, 4930123455 + n // 2), number('D%d' % n, 46026 + n // 2, ' s="1"')]))
head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
types = 'http://schemas.openxmlformats.org/package/2006/content-types'
links = 'http://schemas.openxmlformats.org/package/2006/relationships'
office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml.'
parts = {
    '[Content_Types].xml': '<Types xmlns="%s"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="%ssheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="%sworksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="%sstyles+xml"/></Types>' % (types, kind, kind, kind),
    '_rels/.rels': '<Relationships xmlns="%s"><Relationship Id="r1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>' % (links, office),
    'xl/workbook.xml': '<workbook %s xmlns:r="%s"><sheets><sheet name="Leads" sheetId="1" r:id="r1"/></sheets></workbook>' % (main, office),
    'xl/_rels/workbook.xml.rels': '<Relationships xmlns="%s"><Relationship Id="r1" Type="%s/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="%s/styles" Target="styles.xml"/></Relationships>' % (links, office, office),
    'xl/styles.xml': '<styleSheet %s><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>' % main,
    'xl/worksheets/sheet1.xml': '<worksheet %s><sheetData>%s</sheetData></worksheet>' % (main, ''.join(rows)),
}
with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as book:
    for name, content in parts.items():
        book.writestr(name, head + content)
`;

test('a form that is sent after its session has ended comes back whole', async ({ page, context }) => {
  const tag = newTag();
  await logInAdmin(page, '/admin/invoices/new');
  await choose(page, 'Partner', contoso.partner);
  await page.getByRole('button', { name: /draft|create|begin/i }).click();
  await expect(page.getByLabel('Note')).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
  const address = new URL(page.url()).pathname;
  await page.getByLabel('Note').fill(`A remark of ten minutes ${tag}`);
  await page.locator('[name="lines[0][description]"]').fill('Leads in November');
  await page.locator('[name="lines[0][quantity]"]').fill('12');
  await page.locator('[name="lines[0][unit_price]"]').fill('25');
  await context.clearCookies();
  await page.getByRole('button', { name: /^Save/ }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Log in/);
  expect(page.url()).not.toContain('remark');
  await awake(page);
  await enter(page, 'owner@brightway.example', password);
  await expect(page.getByText('so nothing was saved yet')).toBeVisible();
  expect(new URL(page.url()).pathname).toBe(address);
  await page.waitForLoadState();
  await awake(page);
  await expect(page.getByLabel('Note')).toHaveValue(`A remark of ten minutes ${tag}`);
  await expect(page.locator('[name="lines[0][description]"]')).toHaveValue('Leads in November');
  await page.getByRole('button', { name: /^Save/ }).first().click();
  await expect(page.getByText('The draft is saved.')).toBeVisible();
  await expect(page.getByLabel('Note')).toHaveValue(`A remark of ten minutes ${tag}`);
  await visit(page, address);
  await expect(page.getByText('so nothing was saved yet')).toBeHidden();
});
