import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROUTE_GROUPS } from '../../src/http/route.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { startTestServer, type TestServer } from '../contract/support/http-server.ts';
import { type BrowserSession, type OpenPage, startBrowser } from './browser.ts';

const PATIENCE_MS = 20_000;
const WIDTH = 1280;
const routes = routesWithStatus();

let api: TestServer;
let browser: BrowserSession;
let open: OpenPage;

beforeAll(async () => {
  api = await startTestServer({ urlPrefix: '/orc' }, { staticDir: join(import.meta.dirname, '../../dist/web') });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await api?.server.close();
});

const operations = () => open.page.locator('section details');

test('the page of the API lists every route in its group, below a URL prefix', async () => {
  open = await browser.open(`${api.server.url}/api.html`, { width: WIDTH });
  open.page.setDefaultTimeout(PATIENCE_MS);
  await open.page.getByRole('heading', { name: 'Servers', exact: true }).waitFor();
  const groups = await open.page.getByRole('heading', { level: 2 }).allTextContents();
  expect([...groups].sort()).toEqual([...ROUTE_GROUPS].sort());
  expect(await operations().count()).toBe(routes.length);
  await open.page.getByText(`${routes.length} of ${routes.length}`).waitFor();
  await open.shot('api-page');
});

test('it is readable: nothing wider than the window, letters large enough', async () => {
  const isWide = `document.documentElement.scrollWidth > ${WIDTH}`;
  expect(await open.page.evaluate<boolean>(isWide)).toBe(false);
  const smallest = await open.page.evaluate<number>(
    `Math.min(...[...document.querySelectorAll('main *')].map((one) => parseFloat(getComputedStyle(one).fontSize)))`,
  );
  expect(smallest).toBeGreaterThanOrEqual(13);
});

test('it filters by words of path, group and sentence', async () => {
  const filter = open.page.getByLabel('Filter');
  await filter.fill('key-value stores');
  const group = open.page.getByRole('region', { name: 'Key-value stores' });
  await open.page.getByRole('region', { name: 'Servers', exact: true }).waitFor({ state: 'detached' });
  expect(await operations().count()).toBe(await group.locator('details').count());
  await filter.fill('no route has these words');
  await open.page.getByText(`0 of ${routes.length}`).waitFor();
  await filter.fill('/api/begin-downtime/{host}/{port}/{owner}/{reason}/{duration}');
  await operations().first().waitFor();
});

test('an operation tells what it takes and answers', async () => {
  const one = operations().first();
  await one.locator('summary').click();
  await one.getByText('?dryRun').waitFor();
  const text = await one.textContent();
  for (const part of ['needs authorization', 'duration', '200 OK', 'Code: "OK"', '500 Refused or failed'])
    expect(text).toContain(part);
  expect(await open.page.evaluate<boolean>(`document.documentElement.scrollWidth > ${WIDTH}`)).toBe(false);
  await open.shot('api-page-operation');
});

test('the policy of what may run on it is that of the main page, and nothing was refused or went wrong', async () => {
  const policies = await Promise.all(
    ['/', '/api.html'].map(async (path) => {
      const { headers } = await fetch(api.server.url + path);
      return headers.get('content-security-policy');
    }),
  );
  expect(policies[0]).toContain("script-src 'self'");
  expect(policies[1]).toBe(policies[0]);
  expect(open.complaints).toEqual([]);
  await open.page.getByRole('link', { name: 'orchestrator' }).click();
  await open.page.waitForURL(`${api.server.url}/`);
  await open.page.getByRole('link', { name: 'API' }).click();
  await open.page.getByLabel('Filter').waitFor();
});
