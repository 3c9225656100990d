// Leads' extra fields as staff name, order and hide them.

import { contoso, expect, importLeads, logIn, logInAdmin, names, newTag, scripted, test, visit } from './support.ts';

const today = new Date().toISOString().slice(0, 10);

test('an extra field is named for people and hidden from partners', async ({ page }) => {
  const tag = newTag();
  const [open, closed] = [`Area ${tag}`, `Bid ${tag}`];
  await importLeads(contoso.partner, [{
    external_id: `${tag}-1`, name: `Finn Field-${tag}`, email: `${tag}@mail.example`, delivered_at: `${today} 00:00`, [open]: '80 m²', [closed]: `sealed-${tag}`,
  }]);
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, '/admin/settings/leads');
  await admin.getByRole('textbox', { name: `Label of ${open}` }).fill(`Roof area ${tag}`);
  await admin.getByRole('checkbox', { name: `Search in it : ${open}` }).check();
  await admin.getByRole('checkbox', { name: `Hidden from partners : ${closed}` }).check();
  await admin.getByRole('checkbox', { name: `Search in it : ${closed}` }).check();
  await admin.getByRole('button', { name: 'Save the fields' }).click();
  await expect(admin.getByText('The extra fields are saved.')).toBeVisible();
  await expect(admin.getByRole('checkbox', { name: `Hidden from partners : ${closed}` })).toBeChecked();
  await visit(admin, `/admin/leads?q=${tag}`);
  await names(admin).first().click();
  await expect(admin.getByText(`sealed-${tag}`)).toBeVisible();
  await logIn(page, contoso.owner, `/partner/leads?q=${tag}`);
  await names(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Finn Field-${tag}`);
  await expect(page.getByText(`Roof area ${tag}`)).toBeVisible();
  await expect(page.getByText(`sealed-${tag}`)).toHaveCount(0);
  // By a value that all see it is found, once it has been written anew beside the requests; by a hidden one by nobody.
  await expect(async () => {
    await visit(page, `/partner/leads?q=${encodeURIComponent(`${tag} 80 m²`)}`);
    await expect(names(page)).toHaveCount(1, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await visit(page, `/partner/leads?q=sealed-${tag}`);
  await expect(names(page)).toHaveCount(0);
  await context.close();
});

test('lists and reports are narrowed by a field', async ({ page }) => {
  const tag = newTag();
  const [roof, area] = [`Roof ${tag}`, `Size ${tag}`];
  const leads: [string, string][] = [['Flat', '80'], ['Steep', '1.250,5'], ['flat', '300']];
  await importLeads(contoso.partner, leads.map(([kind, size], n) => ({
    external_id: `${tag}-${n}`, name: `Rona Roof-${tag} ${n}`, email: `${n}@${tag}.example`, delivered_at: `${today} 00:00`, [roof]: kind, [area]: size,
  })));
  const context = await page.context().browser()!.newContext({ ...test.info().project.use });
  const admin = await context.newPage();
  await logInAdmin(admin, '/admin/settings/leads');
  for (const [name, kind] of [[roof, 'Choice'], [area, 'Number']] as const) {
    await admin.getByRole('combobox', { name: `Type of ${name}` }).selectOption(kind);
    await admin.getByRole('checkbox', { name: `Filter by it : ${name}` }).check();
  }
  await admin.getByRole('button', { name: 'Save the fields' }).click();
  await expect(admin.getByText('The extra fields are saved.')).toBeVisible();
  await expect(admin.getByRole('combobox', { name: `Type of ${roof}` })).toHaveValue('choice');
  await context.close();

  // Written anew beside the requests.
  await logIn(page, contoso.owner, `/partner/leads?q=${tag}`);
  await expect(async () => {
    await visit(page, `/partner/leads?q=${tag}&field.${encodeURIComponent(roof)}=flat`);
    await expect(names(page)).toHaveCount(2, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await visit(page, `/partner/leads?q=${tag}`);
  await page.getByText('More filters').click();
  await page.getByRole('combobox', { name: roof }).selectOption('Flat');
  if (!scripted()) await page.getByRole('button', { name: 'Apply' }).click();
  await expect(names(page)).toHaveCount(2);
  await expect(page).toHaveURL((url) => url.searchParams.get(`field.${roof}`) === 'Flat');
  await expect(page.getByRole('combobox', { name: roof })).toHaveValue('Flat');
  await page.getByRole('textbox', { name: `${area} from` }).fill('100');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(names(page)).toHaveCount(1);
  await names(page).first().click();
  await expect(page.getByText('flat', { exact: true })).toBeVisible();

  await visit(page, '/partner/reports');
  await page.getByRole('combobox', { name: 'By' }).selectOption(roof);
  await page.getByRole('button', { name: 'Show' }).click();
  const row = page.getByRole('row', { name: /^Flat/ });
  await expect(row).toBeVisible();
  await row.getByRole('link').first().click();
  await expect(names(page)).toHaveCount(2);
});
