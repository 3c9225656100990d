// What the journeys share: who logs in, how leads get into the portal, how a list and its export are read.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test as base, expect, type Locator, type Page, type Response } from '@playwright/test';
import { parse } from 'csv-parse/sync';

export { expect };

/** Chooses one of many: by typing a part of it where the page takes that, else from the browser's own list. */
export async function choose(page: Page, label: string, text: string) {
  if (!scripted()) {
    await page.getByLabel(label, { exact: true }).selectOption({ label: text });
    return;
  }
  const box = page.locator('.combobox--awake').getByRole('combobox', { name: label, exact: true });
  await box.fill(text);
  await page.getByRole('option', { name: text, exact: true }).click();
  await expect(box).toHaveValue(text);
}

/** The account that `partner-portal demo` fills, and its logins. */
const account = 'brightway';
export const password = 'sunny-roof-42-leads';
export const northwind = {
  partner: 'Northwind Solar',
  owner: 'owner@northwind.example',
  member: 'member@northwind.example',
  memberName: 'Marek Novák',
  finance: 'finance@northwind.example',
  viewer: 'viewer@northwind.example',
};
export const contoso = { partner: 'Contoso Heating', owner: 'owner@contoso.example' };

type Fixtures = {
  /** What the page complained about: errors and warnings in the console, uncaught errors, dialogs that popped up. */
  complaints: string[];
  /** Sees to it, in every test, that no page asks another server for anything. */
  home: void;
};

export const test = base.extend<Fixtures>({
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      // A browser that runs no scripts has no use for what they need, and says so of a page that stays open.
      if (!scripted() && message.text().includes('was preloaded using link preload')) return;
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('dialog', async (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    await use(complaints);
  },
  home: [
    async ({ page, baseURL }, use) => {
      const strays: string[] = [];
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol !== 'data:' && origin !== new URL(baseURL!).origin) strays.push(request.url());
      });
      await use();
      expect(strays, 'requests to other servers').toEqual([]);
    },
    { auto: true },
  ],
});

/** Whether this project's pages run their own code. */
export const scripted = () => test.info().project.use.javaScriptEnabled !== false;

/**
 * Waits until the page's islands are awake. Before that moment a click is the plain link's or form's, which works as well,
 * but then a test would not know which of the two it looks at. The page's own script says so when it is done.
 */
export async function awake(page: Page) {
  if (scripted()) await page.locator('html[data-awake]').waitFor();
}

/** Opens an address as if it was typed. */
export async function visit(page: Page, path: string): Promise<Response> {
  const response = await page.goto(path);
  await awake(page);
  return response!;
}

/** Fills the login form of the page that is open, and sends it. */
export async function enter(page: Page, email: string, secret = password) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Logs in and goes on to a page, as from a link that led to the login. */
export async function logIn(page: Page, email: string, to = '/partner/leads') {
  await visit(page, `/partner/login?next=${encodeURIComponent(to)}`);
  await enter(page, email);
  await expect(page.getByRole('button', { name: 'Log out', exact: true })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
}

/** The demo account's admins. */
export const admins = { owner: 'owner@brightway.example', manager: 'manager@brightway.example', support: 'support@brightway.example' };

/** Logs an admin in and goes on to an admin page. */
export async function logInAdmin(page: Page, to = '/admin', email = admins.owner, secret = password) {
  await visit(page, `/admin/login?next=${encodeURIComponent(to)}`);
  await enter(page, email, secret);
  await expect(page.getByRole('button', { name: 'Log out', exact: true })).toBeVisible();
  await page.waitForLoadState();
  await awake(page);
}

export async function logOut(page: Page) {
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
}

/** The password that a new admin sets. */
export const own = 'seven brass kettles';

/** An admin nobody else uses, logged in. */
export async function newAdmin(page: Page) {
  const email = `${newTag()}@brightway.example`;
  const call = ['create-admin', '--email', email, '--name', 'Tove Ditlev', '--account', account];
  const { stdout } = await promisify(execFile)(process.env.PORTAL_BINARY!, call, { cwd: new URL('../..', import.meta.url) });
  await page.goto(new URL(/http\S+/.exec(stdout)![0]).pathname);
  await page.getByLabel('New password', { exact: true }).fill(own);
  await page.getByLabel('New password again').fill(own);
  await page.getByRole('button', { name: 'Set the password and log in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  return email;
}

/** A word no other test uses, so that what a test brings along is found by it alone, however often it runs. */
export const newTag = () => `t${randomUUID().slice(0, 8)}`;

export type Lead = { external_id: string; name: string; email: string } & Record<string, string>;

/** Brings leads into the portal as an operator does: by a CSV file and the command line. */
export async function importLeads(partner: string, leads: Lead[]) {
  const binary = process.env.PORTAL_BINARY;
  if (!binary) throw new Error('PORTAL_BINARY does not name the portal; start the suite by tools/end2end.sh.');
  const quoted = (cells: string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
  const lines = [Object.keys(leads[0]!), ...leads.map((lead) => Object.values(lead))].map(quoted);
  const folder = await mkdtemp(join(tmpdir(), 'portal-end2end-'));
  try {
    const file = join(folder, 'leads.csv');
    await writeFile(file, lines.join('\r\n'));
    const call = ['import-leads', file, '--partner', partner, '--account', account];
    // The server's own folder, for a relative DATABASE_URL means another file elsewhere.
    const { stdout } = await promisify(execFile)(binary, call, { cwd: new URL('../..', import.meta.url) });
    expect(stdout).toContain(`${leads.length} leads added`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The rows of the list, which are cards on a phone. */
export const rows = (page: Page) => page.locator('tbody tr');
/** The names in the list, which lead to the leads. */
export const names = (page: Page) => page.locator('tbody th a');
export const searchBox = (page: Page) => page.getByRole('searchbox', { name: /^Search/ });

export async function search(page: Page, text: string) {
  await searchBox(page).fill(text);
  await page.getByRole('button', { name: 'Search' }).click();
}

/** Waits until the list shows so many leads. */
export async function counts(page: Page, leads: number) {
  await expect(page.locator('[data-count]')).toHaveText(String(leads));
  await page.waitForLoadState();
  await awake(page);
}

/** Clicks a link, and waits until the list shows other rows than before. */
export async function turnPage(page: Page, link: Locator) {
  const former = await names(page).first().getAttribute('href');
  await link.click();
  await expect(names(page).first()).not.toHaveAttribute('href', former!);
  await page.waitForLoadState();
}

/** Sends a form as a page of the portal would, whatever the page that is open offers. */
export const post = (page: Page, path: string, form: Record<string, string>) =>
  page.request.post(path, { form, headers: { origin: new URL(page.url()).origin } });

/** Each lead of the list, page after page, as its email address and name. */
export async function walk(page: Page): Promise<[string, string][]> {
  const next = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next' });
  const found: [string, string][] = [];
  for (;;) {
    const shown = await rows(page).evaluateAll((rows) =>
      rows.map((row): [string, string] => [
        row.querySelector('[data-label=Email]')!.textContent!,
        row.querySelector('th')!.textContent!,
      ]),
    );
    found.push(...shown);
    if ((await next.count()) === 0) return found;
    await turnPage(page, next);
  }
}

/** Presses "Export CSV". */
export async function exported(page: Page) {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  const file = await download;
  const text = (await readFile(await file.path(), 'utf8')).replace(/^\uFEFF/, '');
  return { fileName: file.suggestedFilename(), header: text.slice(0, text.indexOf('\r\n')), leads: readCsv(text) };
}

export function readCsv(text: string): Record<string, string>[] {
  return parse(text, { bom: true, columns: true });
}

/** The same letters to a reader: without accents and case, as the portal's search compares them. */
export const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

type Mail = { to: string[]; subject: string; text: string; html: string; at: number };

/** The latest mail to an address that the mail server has taken since a moment. */
export async function mailTo(address: string, since: number): Promise<Mail> {
  const folder = process.env.PORTAL_MAILS;
  if (!folder) throw new Error('PORTAL_MAILS names no folder; start the suite by tools/end2end.sh.');
  let found: Mail | undefined;
  await expect
    .poll(async () => {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
      const mails: Mail[] = await Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))));
      const fitting = mails.filter((mail) => mail.to.includes(address) && mail.at >= since);
      found = fitting.sort((one, two) => two.at - one.at)[0];
      return found !== undefined;
    }, { message: `a mail to ${address}` })
    .toBe(true);
  return found!;
}

/** The link in a mail. */
export function linkIn(mail: Mail): string {
  const link = /^http\S+$/m.exec(mail.text);
  if (!link) throw new Error(`no link in: ${mail.text}`);
  expect(mail.html, 'the same link in both parts').toContain(link[0]);
  return link[0];
}

/** Does something that the tests of other projects must not do at the same time, in this run. What it waits is not its own time. */
export async function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
  const lock = join(process.env.PORTAL_MAILS ?? tmpdir(), `${what}.lock`);
  const began = Date.now();
  while (!(await mkdir(lock).then(() => true, () => false))) await new Promise((done) => setTimeout(done, 200));
  test.info().setTimeout(test.info().timeout + Date.now() - began);
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true });
  }
}
