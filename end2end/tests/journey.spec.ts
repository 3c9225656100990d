// The way of somebody who looks for leads: log in, search, narrow down, read, take the list along, log out.

import type { Page } from '@playwright/test';
import {
  counts, enter, expect, exported, folded, importLeads, logIn, logOut, names, newTag, northwind, rows, scripted, search, searchBox,
  test, turnPage, visit, walk,
} from './support.ts';

const tag = newTag();
const roofs = `Roofs ${tag}`;
// Eleven leads came at the same moment each time, so that pages of fifty end among equals.
const leads = Array.from({ length: 150 }, (_, n) => ({
  external_id: `${tag}-${n}`,
  name: n % 5 === 4 ? `Ada Plain-${tag} ${n}` : `Zoë Ähr-${tag} ${n}`,
  email: `lead-${n}@${tag}.example`,
  phone: `+49 30 ${1000 + n}`,
  campaign: n % 3 === 0 ? `Pumps ${tag}` : roofs,
  delivered_at: `2024-03-${String(1 + Math.floor(n / 11)).padStart(2, '0')} 10:00`,
}));
const needle = `ZOE ahr-${tag}`;
const found = leads.filter((lead) => lead.name.startsWith('Zoë'));
const foundRoofs = found.filter((lead) => lead.campaign === roofs);

test.beforeAll(() => importLeads(northwind.partner, leads));

async function findLeads(page: Page) {
  await logIn(page, northwind.member);
  await search(page, needle);
  await counts(page, found.length);
}

async function chooseCampaign(page: Page, campaign: string) {
  const select = page.getByRole('combobox', { name: 'Campaign' });
  if (!(await select.isVisible())) await page.getByText('More filters').click();
  await select.selectOption(campaign);
  // With scripts, choosing is enough.
  if (!scripted()) await page.getByRole('button', { name: 'Apply' }).click();
}

test('the menu leads to all leads', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=none-${tag}`);
  await expect(page.getByRole('heading', { name: 'No lead matches' })).toBeVisible();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Leads' }).click();
  await expect(names(page).first()).toBeVisible();
  await expect(page).toHaveURL('/partner/leads');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Leads');
  await expect(searchBox(page)).toHaveValue('');
});

test('searching shows only matching leads, and a filter fewer of them', async ({ page }) => {
  await findLeads(page);
  for (const row of await rows(page).allTextContents()) expect(folded(row)).toContain(folded(needle));

  await chooseCampaign(page, roofs);
  await counts(page, foundRoofs.length);
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === needle && url.searchParams.get('campaign') === roofs);
  await expect(searchBox(page)).toHaveValue(needle);
  await expect(page.getByRole('combobox', { name: 'Campaign' })).toHaveValue(roofs);
  for (const row of await rows(page).allTextContents()) expect(row).toContain(roofs);
});

test('going back from the next page shows the former state', async ({ page }) => {
  await findLeads(page);
  const before = { url: page.url(), first: await names(page).first().textContent() };

  await turnPage(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next' }));
  expect(new URL(page.url()).searchParams.get('q')).toBe(needle);

  await page.goBack();
  await expect(page).toHaveURL(before.url);
  await expect(names(page).first()).toHaveText(before.first!);
  await expect(searchBox(page)).toHaveValue(needle);
  await counts(page, found.length);
});

test('going back from a search to the whole list empties the search box', async ({ page }) => {
  await findLeads(page);
  await page.goBack();
  await expect(searchBox(page)).toHaveValue('');
  await expect(names(page).first()).not.toContainText(tag);
});

test('a lead leads to its neighbours and back to the list it was found in', async ({ page }) => {
  await findLeads(page);
  await chooseCampaign(page, roofs);
  await counts(page, foundRoofs.length);
  const [first, second] = await names(page).allTextContents();
  const heading = page.getByRole('heading', { level: 1 });
  const beside = page.getByRole('navigation', { name: 'List' });

  await names(page).first().click();
  await expect(heading).toHaveText(first!);
  await expect(beside.getByRole('link', { name: 'Previous' })).toHaveCount(0);
  await beside.getByRole('link', { name: 'Next' }).click();
  await expect(heading).toHaveText(second!);
  await beside.getByRole('link', { name: 'Previous' }).click();
  await expect(heading).toHaveText(first!);

  await page.getByRole('link', { name: 'Back to leads' }).click();
  await expect(heading).toHaveText('Leads');
  await expect(searchBox(page)).toHaveValue(needle);
  await counts(page, foundRoofs.length);
  await expect(names(page).first()).toHaveText(first!);
});

test('the export is exactly what the pages show', async ({ page }) => {
  await findLeads(page);
  await chooseCampaign(page, roofs);
  await counts(page, foundRoofs.length);

  const csv = await exported(page);
  expect(csv.fileName).toMatch(/^leads-.+\.csv$/);
  expect(csv.header).toBe('Name,Email,Phone,Campaign,Received,Status,Lead ID,Price,Currency,Outcome,Sale value,Sale currency,Return');

  const shown = await walk(page);
  expect(csv.leads.map((lead) => [lead.Email, lead.Name])).toEqual(shown);
  const brought = foundRoofs.map((lead) => [lead.email, lead.name]);
  expect([...shown].sort()).toEqual(brought.sort());
});

test('the export of some days is named after them', async ({ page }) => {
  await logIn(page, northwind.member);
  await visit(page, `/partner/leads?q=${tag}&from=2024-03-02&to=2024-03-03&sort=oldest`);
  const csv = await exported(page);
  expect(csv.fileName).toBe('leads-2024-03-02--2024-03-03.csv');
  expect(csv.leads.map((lead) => lead['Lead ID'])).toEqual(leads.slice(11, 33).map((lead) => lead.external_id));
});

test('after logging out, the way to a list leads through the login', async ({ page }) => {
  const list = `/partner/leads?q=${tag}&sort=name`;
  await logIn(page, northwind.member);
  await logOut(page);

  await visit(page, list);
  await expect(page).toHaveURL((url) => url.pathname === '/partner/login' && url.searchParams.get('next') === list);
  await enter(page, northwind.member);
  await expect(page).toHaveURL(list);
  await counts(page, leads.length);
});
