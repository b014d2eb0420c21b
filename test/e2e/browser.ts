import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where screenshots of the tests go; not kept in the repository. */
export const SHOTS_FOLDER = join(import.meta.dirname, '../../test-results');

/** Path of an installed Chromium or Chrome. Throws, naming the command that installs one. */
export function findBrowser(path: string = process.env.PATH ?? ''): string {
  for (const folder of ['/usr/bin', ...path.split(delimiter)]) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here; the next place is tried.
      }
    }
  }
  throw new Error('no Chromium is installed; install it with: apt-get install -y chromium');
}

export interface BrowserSession {
  /** A page with an empty profile; whatever goes wrong in it (uncaught errors, console errors) is gathered in `complaints`. */
  open(
    url: string,
    options?: { readonly width?: number; readonly height?: number; readonly dark?: boolean },
  ): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** Writes test-results/<name>.png and returns its path. */
  shot(name: string): Promise<string>;
}

/** Starts a headless browser. */
export async function startBrowser(): Promise<BrowserSession> {
  const browser: Browser = await chromium.launch({ executablePath: findBrowser(), headless: true, args: FLAGS });
  return {
    async open(url, { width = 1440, height = 900, dark = false } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(url);
      return {
        page,
        complaints,
        async shot(name) {
          await mkdir(SHOTS_FOLDER, { recursive: true });
          const path = join(SHOTS_FOLDER, `${name}.png`);
          await page.screenshot({ path });
          return path;
        },
      };
    },
    close: () => browser.close(),
  };
}
