// Which browser the tests use, and how it is started.

import { existsSync } from 'node:fs';

// The system's own: Playwright's download is not reachable everywhere, and one browser a machine is enough.
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const executablePath = process.env.PORTAL_CHROMIUM ?? places.find((place) => existsSync(place));
if (!executablePath) throw new Error(`There is no browser at ${places.join(', ')}. Name one in PORTAL_CHROMIUM.`);

export const launchOptions = {
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
