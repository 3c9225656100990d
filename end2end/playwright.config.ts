import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

// The system's own browser: Playwright's download is not reachable everywhere, and one browser a machine is enough.
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const browser = process.env.PORTAL_CHROMIUM ?? places.find(existsSync);
if (!browser) throw new Error(`There is no browser at ${places.join(', ')}. Name one in PORTAL_CHROMIUM.`);

const desk = { width: 1280, height: 800 };

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  reporter: [['list']],
  workers: 2,
  // A test that passes at the second try is a wrong test, or a wrong portal.
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: process.env.PORTAL_URL ?? 'http://127.0.0.1:3000',
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: browser,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'with-javascript', use: { viewport: desk } },
    {
      name: 'without-javascript',
      use: { viewport: desk, javaScriptEnabled: false },
      // Both are about what runs in the page.
      testIgnore: ['hydration.spec.ts', 'accessibility.spec.ts'],
    },
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true },
      testMatch: ['journey.spec.ts', 'accessibility.spec.ts'],
    },
  ],
});
