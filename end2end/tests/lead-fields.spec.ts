// Leads' extra fields as staff name, order and hide them.

import { contoso, expect, importLeads, logIn, logInAdmin, names, newTag, test, visit } from './support.ts';

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
  await admin.getByRole('checkbox', { name: `Hidden : ${closed}` }).check();
  await admin.getByRole('button', { name: 'Save the fields' }).click();
  await expect(admin.getByText('The extra fields are saved.')).toBeVisible();
  await expect(admin.getByRole('checkbox', { name: `Hidden : ${closed}` })).toBeChecked();
  await visit(admin, `/admin/leads?q=${tag}`);
  await names(admin).first().click();
  await expect(admin.getByText(`sealed-${tag}`)).toBeVisible();
  await logIn(page, contoso.owner, `/partner/leads?q=${tag}`);
  await names(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Finn Field-${tag}`);
  await expect(page.getByText(`Roof area ${tag}`)).toBeVisible();
  await expect(page.getByText(`sealed-${tag}`)).toHaveCount(0);
  await context.close();
});
