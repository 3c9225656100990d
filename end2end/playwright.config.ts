import { defineConfig } from '@playwright/test';
import { launchOptions } from './browser.mjs';

const desk = { width: 1280, height: 800 };

// About what runs in the page, whatever is behind it.
const inPage = ['islands.spec.ts', 'forms.spec.ts', 'draft.spec.ts', 'shortcuts.spec.ts', 'accessibility.spec.ts', 'combobox.spec.ts'];
// What another engine changes is the statements, and the HTTP tests run whole on both: there each journey is made once.
const onPostgres = process.env.PORTAL_ENGINE === 'postgres';

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
    { name: 'with-javascript', use: { viewport: desk }, testIgnore: onPostgres ? inPage : [] },
    {
      name: 'without-javascript',
      use: { viewport: desk, javaScriptEnabled: false },
      testIgnore: inPage.filter((spec) => spec !== 'combobox.spec.ts'),
    },
    {
      name: 'phone',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true },
      testMatch: ['journey.spec.ts', 'accessibility.spec.ts', 'review-many.spec.ts', 'outcomes.spec.ts', 'returns.spec.ts', 'whole.spec.ts', 'billing.spec.ts', 'outcome-imports.spec.ts', 'passkeys.spec.ts'],
    },
  ].slice(0, onPostgres ? 1 : undefined),
});
