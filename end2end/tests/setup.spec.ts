// An empty installation of its own: set up by the link in its log, then everything up to a partner's dashboard.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { freePorts } from '../../tools/free-port.mjs';
import { enter, expect, linkIn, mailTo, newTag, scripted, test } from './support.ts';

const own = 'seven brass kettles';

/** Starts a portal with an empty database and hands over what it prints. */
async function emptyPortal<T>(use: (base: string, printed: () => string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portal-setup-'));
  const base = `http://127.0.0.1:${(await freePorts(1))[0]}`;
  const env = {
    ...process.env,
    DATABASE_URL: `sqlite://${folder}/portal.db`,
    PORTAL_DATA: folder,
    PORTAL_BIND: base.slice('http://'.length),
    PORTAL_LOG: 'debug,sqlx=warn',
  };
  const server = spawn(process.env.PORTAL_BINARY!, ['serve'], { cwd: new URL('../..', import.meta.url), env });
  let text = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
  try {
    await expect.poll(() => text, { message: 'the portal starts' }).toContain('Partner Portal is up');
    return await use(base, () => text);
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
    await rm(folder, { recursive: true });
  }
}

async function visitor(browser: Browser) {
  const context = await browser.newContext({ javaScriptEnabled: scripted() });
  return { page: await context.newPage(), context };
}

test('from an empty installation to a partner’s dashboard', async ({ browser }) => {
  test.slow();
  await emptyPortal(async (base, printed) => {
    const admin = await visitor(browser);
    const { page } = admin;
    const link = /http\S+\/admin\/setup\/\S+/.exec(printed())![0];
    const token = link.split('/').pop()!;
    await page.goto(link);
    expect(new URL(page.url()).pathname, 'the token has left the address').toBe('/admin/setup');
    await page.getByLabel('Company').fill('Acme Leads');
    await page.getByLabel('Short name').fill('Not A Name!');
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByLabel('Your email').fill('ada@acme.example');
    const passwords = async () => {
      await page.getByLabel('New password', { exact: true }).fill(own);
      await page.getByLabel('New password again').fill(own);
      await page.getByRole('button', { name: 'Set up the portal' }).click();
    };
    await passwords();
    await expect(page.getByRole('alert')).toContainText('letters a to z');
    await expect(page.getByLabel('Company'), 'nothing typed is lost').toHaveValue('Acme Leads');
    await page.getByLabel('Short name').fill('acme');
    await passwords();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
    await expect(page.getByText('The portal is switched off')).toBeVisible();

    await page.goto(`${base}/admin/settings`);
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: 'Switch the portal on' }).click();
    await expect(page.getByText('It is on: partners log in at')).toBeVisible();
    await page.goto(`${base}/admin/partners/new`);
    await page.waitForLoadState('networkidle');
    await page.getByLabel('Name', { exact: true }).fill('Northwind');
    await page.getByRole('button', { name: 'Create the partner' }).click();
    await expect(page.getByText('The partner is created.')).toBeVisible();
    const email = `${newTag()}@northwind.example`;
    const since = Date.now();
    await page.getByLabel('Name', { exact: true }).fill('Nora Lind');
    await page.getByLabel('Email', { exact: true }).fill(email);
    await page.getByRole('button', { name: 'Send the invitation' }).click();
    await expect(page.getByText('The invitation is on its way.')).toBeVisible();
    const mail = await mailTo(email, since);
    const invitation = linkIn(mail);
    expect(invitation).toContain(base);

    const nora = await visitor(browser);
    await nora.page.goto(invitation);
    await nora.page.getByLabel('New password', { exact: true }).fill(own);
    await nora.page.getByLabel('New password again').fill(own);
    await nora.page.getByRole('button', { name: 'Set the password and log in' }).click();
    await expect(nora.page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
    await expect(nora.page.getByText('Acme Leads').first()).toBeVisible();

    // Nobody can use either link again, and neither token stands in the log, however much it tells.
    await page.goto(link);
    await expect(page.getByText('used already, or it has expired')).toBeVisible();
    await nora.page.goto(`${base}/partner/login`);
    await enter(nora.page, email, own);
    await expect(nora.page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
    const log = printed().replace(link, '');
    for (const secret of [token, invitation.split('/').pop()!, own]) expect(log).not.toContain(secret);
    await nora.context.close();
    await admin.context.close();
  });
});
