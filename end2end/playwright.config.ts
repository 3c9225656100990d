import { defineConfig } from '@playwright/test';
import { launchOptions } from './browser.mjs';

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
    launchOptions,
  },
  projects: [
    { name: 'with-javascript', use: { viewport: desk } },
    {
      name: 'without-javascript',
      use: { viewport: desk, javaScriptEnabled: false },
      // They are about what runs in the page.
      testIgnore: ['islands.spec.ts', 'forms.spec.ts', 'draft.spec.ts', 'shortcuts.spec.ts', 'accessibility.spec.ts'],
    },
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true },
      testMatch: ['journey.spec.ts', 'accessibility.spec.ts', 'review-many.spec.ts', 'outcomes.spec.ts', 'returns.spec.ts', 'whole.spec.ts', 'billing.spec.ts', 'outcome-imports.spec.ts', 'passkeys.spec.ts'],
    },
  ],
});
