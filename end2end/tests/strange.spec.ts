// Leads come from other people's forms. Whatever was typed there is text here: in the list, on a page, in a spreadsheet.

import { awake, contoso, counts, expect, exported, importLeads, logIn, names, newTag, rows, search, test, visit } from './support.ts';

const formula = "=cmd|' /C calc'!A0";
const strange = [
  formula,
  'say "hi"',
  'first line\nsecond line',
  '<script>alert(1)</script>',
  '</title><script>alert(2)</script>',
  '</script><img src=x onerror=alert(3)>',
  '🌞👩‍👩‍👧‍👦 Sunny',
  'שלום עולם',
  '𝒳𐍈 beyond',
  '100% _under_ \\back\\',
];
const markup = '<b onclick=alert(4)>bold</b> &amp; {{braces}}';

const tag = newTag();
const campaign = `Strange <i>${tag}</i>`;
const list = `/partner/leads?campaign=${encodeURIComponent(campaign)}&sort=name`;

test.beforeAll(async () => {
  const leads = strange.map((name, n) => ({
    external_id: `${tag}-${n}`,
    name,
    email: `strange-${n}@${tag}.example`,
    campaign,
    delivered_at: '2024-01-15',
    'What <else>?': markup,
  }));
  await importLeads(contoso.partner, leads);
});

test('strange names are text in the list and in the export', async ({ page, complaints }) => {
  await logIn(page, contoso.owner);
  await visit(page, list);
  await counts(page, strange.length);
  expect((await names(page).allTextContents()).sort()).toEqual([...strange].sort());

  const csv = await exported(page);
  const defused = strange.map((name) => (name === formula ? `'${formula}` : name));
  expect(csv.leads.map((lead) => lead.Name).sort()).toEqual(defused.sort());
  for (const lead of csv.leads) {
    expect(lead['What <else>?']).toBe(markup);
    for (const cell of Object.values(lead)) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  }
  expect(complaints).toEqual([]);
});

test('strange names are found and shown', async ({ page, complaints }) => {
  test.slow();
  await logIn(page, contoso.owner);
  await visit(page, list);
  for (const name of strange) {
    // A search box has one line.
    await search(page, name.replace('\n', ' '));
    await expect(rows(page)).toHaveCount(1);
    await expect(names(page)).toHaveText([name]);
    await names(page).click();

    const heading = page.getByRole('heading', { level: 1 });
    await expect(heading).toHaveText(name);
    // Once as the browser drew it, and once as the server sends it.
    for (const draw of [async () => {}, () => page.reload()]) {
      await draw();
      await awake(page);
      await expect(page).toHaveTitle(`${name} · Partner Portal`);
      expect(await heading.textContent()).toBe(name);
      await expect(page.getByRole('definition').filter({ hasText: 'bold' })).toHaveText(markup);
    }
    await page.getByRole('link', { name: 'Back to leads' }).click();
    await expect(names(page)).toHaveText([name]);
  }
  expect(complaints).toEqual([]);
});
