// Google's Lighthouse, as on a phone with a slow network, on pages of the optimised binary with the demo account
// (make lighthouse: beside a server that tools/with-server.sh starts). Prints a line a page, and fails below the budgets of
// docs/PERFORMANCE.md.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchOptions } from '../end2end/browser.mjs';

const home = join(homedir(), '.cache/partner-portal/lighthouse');
execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', home, 'lighthouse@12'], { stdio: 'inherit' });

const folder = await mkdtemp(join(tmpdir(), 'portal-lighthouse-'));
const base = process.env.PORTAL_URL;

async function logIn(path, email) {
  const body = new URLSearchParams({ email, password: 'sunny-roof-42-leads', account: 'brightway', next: '' });
  const answer = await fetch(`${base}${path}`, { method: 'POST', body, redirect: 'manual', headers: { origin: base, accept: 'text/html' } });
  return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
}

let failed = false;
try {
  const partner = await logIn('/fn/auth/login', 'owner@northwind.example');
  const admin = await logIn('/fn/admin/auth/login', 'owner@brightway.example');
  const list = await (await fetch(`${base}/partner/invoices`, { headers: { cookie: partner, accept: 'text/html' } })).text();
  const invoice = /\/partner\/invoices\/[0-9a-f-]{36}/.exec(list)[0];
  const pages = [['/partner/login', ''], ['/partner', partner], ['/partner/leads', partner], [invoice, partner], ['/admin', admin]];
  console.log('page                      perf  a11y  best   LCP ms  TBT ms    CLS      KB');
  for (const [path, cookie] of pages) {
    const out = join(folder, 'report.json');
    execFileSync(join(home, 'node_modules/.bin/lighthouse'), [
      `${base}${path}`, '--quiet', '--output=json', `--output-path=${out}`, '--only-categories=performance,accessibility,best-practices',
      `--chrome-flags=--headless=new ${launchOptions.args.join(' ')}`, `--extra-headers=${JSON.stringify(cookie ? { cookie } : {})}`,
    ], { env: { ...process.env, CHROME_PATH: launchOptions.executablePath }, stdio: ['ignore', 'ignore', 'inherit'] });
    const { categories, audits } = JSON.parse(await readFile(out, 'utf8'));
    const score = (name) => Math.round(categories[name].score * 100);
    const [perf, access, best] = ['performance', 'accessibility', 'best-practices'].map(score);
    const value = (name) => audits[name].numericValue;
    const [lcp, tbt, cls] = ['largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'].map(value);
    const name = path.replace(/[0-9a-f-]{36}/, '{id}');
    const figures = [[perf, 6], [access, 6], [best, 6], [Math.round(lcp), 9], [Math.round(tbt), 8], [cls.toFixed(3), 7], [(value('total-byte-weight') / 1000).toFixed(0), 8]];
    console.log(name.padEnd(24) + figures.map(([figure, width]) => String(figure).padStart(width)).join(''));
    for (const audit of Object.values(audits)) {
      if (audit.score !== null && audit.score < 1 && ['accessibility', 'best-practices'].some((part) => categories[part].auditRefs.some((ref) => ref.id === audit.id && ref.weight > 0))) console.log(`    ${audit.id}: ${audit.title}`);
    }
    failed ||= perf < 98 || access < 100 || best < 100 || lcp > 1_500 || tbt > 50 || cls > 0;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
