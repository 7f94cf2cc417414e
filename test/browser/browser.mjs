// Starts Debian's Chromium for a test.
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';

const artifacts = fileURLToPath(new URL('../../build/artifacts', import.meta.url));
const stepTimeoutMs = 20_000;

/** Starts it with a temporary profile. @param args further arguments on its command line */
export function startBrowser(...args) {
  return chromium.launch({
    executablePath: process.env.BENNU_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', ...args,
    ],
  });
}

export const phone = {viewport: {width: 390, height: 844}, deviceScaleFactor: 2, isMobile: true, hasTouch: true};
export const desktop = {viewport: {width: 1280, height: 800}};

/** A page in a window of its own, which shares nothing with others. `errors` collects the errors of its scripts. */
export async function openPage(browser, options) {
  const context = await browser.newContext({locale: 'en-GB', ...options});
  context.setDefaultTimeout(stepTimeoutMs);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // Chromium itself writes to the console that it does not reach a server.
    if (message.type() === 'error' && !message.text().includes('net::ERR_')) errors.push(message.text());
  });
  return {page, errors};
}

/** Writes pictures of a page in its light and its dark form to build/artifacts/. */
export async function picture(page, name) {
  await mkdir(artifacts, {recursive: true});
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({colorScheme});
    // A drawer that is still on its way in would be half transparent.
    await page.screenshot({path: join(artifacts, `${name}-${colorScheme}.png`), animations: 'disabled'});
  }
  await page.emulateMedia({colorScheme: null});
}
