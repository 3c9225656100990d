// How long it takes from a key to the rows it leads to, in a browser on this machine: somebody types searches letter by letter into the
// list of leads.
//   tools/with-server.sh node tools/typing.mjs     or, for a server that runs already, PORTAL_URL=… node tools/typing.mjs

import { createRequire } from 'node:module';
import { launchOptions } from '../end2end/browser.mjs';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const words = ['muller', 'heat pump', 'solar', 'novak', 'zaneta', 'wallbox'];
const budget = 120;

const browser = await chromium.launch(launchOptions);
const page = await browser.newPage();
await page.goto(`${process.env.PORTAL_URL}/partner/login`);
await page.fill('#email', 'owner@northwind.example');
await page.fill('#password', 'sunny-roof-42-leads');
await page.click('button[type=submit]');
await page.goto(`${process.env.PORTAL_URL}/partner/leads`);
await page.waitForSelector('html[data-awake]');
await page.evaluate(() => {
  const times = (window.times = []);
  let key = null;
  document.querySelector('#q').addEventListener('input', () => (key = performance.now()), true);
  // The rows are there when the frame after their change is drawn.
  new MutationObserver(() => {
    const began = key;
    key = null;
    if (began !== null) requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - began)));
  }).observe(document.body, { childList: true, subtree: true });
});
for (const word of words) {
  for (const letter of word) {
    const before = await page.evaluate(() => window.times.length);
    await page.locator('#q').press(letter === ' ' ? 'Space' : letter);
    // A letter that changes nothing, such as a space at the end, leads to no rows.
    await page.waitForFunction((count) => window.times.length > count, before, { timeout: 1_000 }).catch(() => {});
    await page.waitForTimeout(100);
  }
  await page.fill('#q', '');
  await page.waitForTimeout(300);
}
const times = (await page.evaluate(() => window.times)).sort((a, b) => a - b);
await browser.close();
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(0);
console.log(`${times.length} keys: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`);
process.exitCode = Number(at(0.95)) < budget ? 0 : 1;
