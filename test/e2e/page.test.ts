import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../../lab/demo/program.ts';
import { type LabServer, type LabTopology, startTopology } from '../../lab/index.ts';
import { type BrowserSession, type OpenPage, startBrowser } from './browser.ts';

/** Everything waits for what it wants to see, at most this long. */
const PATIENCE_MS = 20_000;

let topology: LabTopology;
let program: Program;
let browser: BrowserSession;
let open: OpenPage;

const nameOf = (server: LabServer): string => `${server.host}:${server.port}`;
const card = (name: string) => open.page.locator(`[data-server="${name}"]`);
const edgesFrom = (name: string) => open.page.locator(`path[data-edge^="${name} "][data-state="running"]`);

beforeAll(async () => {
  topology = await startTopology({ flavour: 'mysql-9.7', tree: '1(2,3(4))' });
  program = await startProgram(topology, { config: { URLPrefix: '/orc' } }).catch(async (thrown: unknown) => {
    await topology.close();
    throw thrown;
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
  await topology?.close();
});

describe('the page, on real servers, below a URL prefix', () => {
  test('an empty fleet offers to discover; the discovered cluster appears in the list', async () => {
    open = await browser.open(`${program.url}/`);
    open.page.setDefaultTimeout(PATIENCE_MS);
    await open.page.getByLabel('Address of a server to discover').fill(nameOf(topology.server(4)));
    await open.page.getByRole('button', { name: 'Discover' }).click();
    const row = open.page.getByRole('row', { name: nameOf(topology.primary) });
    await row.getByRole('cell', { name: '4', exact: true }).waitFor();
    expect(await row.textContent()).toContain('primary: yes');
    await open.shot('page-clusters');
  });

  test('the cluster is drawn as it replicates', async () => {
    await open.page.getByRole('link', { name: nameOf(topology.primary) }).click();
    await card(nameOf(topology.server(4))).waitFor();
    await edgesFrom(nameOf(topology.primary)).nth(1).waitFor({ state: 'attached' });
    await edgesFrom(nameOf(topology.server(3))).waitFor({ state: 'attached' });
    expect(await open.page.locator('[data-server]').count()).toBe(4);
    expect(await card(nameOf(topology.primary)).getAttribute('data-writable')).toBe('true');
    expect(await open.page.locator('[data-server][data-writable="true"]').count()).toBe(1);
    await open.shot('page-cluster');
  });

  test('says what would happen if the primary died now, and follows when that changes', async () => {
    const panel = open.page.getByLabel('Failover readiness');
    await panel.getByText('ready to fail over').waitFor();
    await panel.locator('summary').click();
    await panel.getByText('not-direct').waitFor();
    expect(await panel.textContent()).toContain('would replace');
    await open.shot('page-readiness');
    const { host, port } = topology.primary;
    await fetch(`${program.url}/api/begin-downtime/${host}/${port}/tester/readiness/1h`);
    await panel.getByText('would not fail over').waitFor();
    await panel.getByText('downtimed', { exact: true }).waitFor();
    await open.shot('page-readiness-blocked');
    await fetch(`${program.url}/api/end-downtime/${host}/${port}`);
    await panel.getByText('ready to fail over').waitFor();
    await panel.locator('summary').click();
  });

  test('on a telephone nothing lies beside the screen, and controls do not lie on each other', async () => {
    for (const path of ['web/clusters', `web/cluster/instance/${topology.primary.host}/${topology.primary.port}`]) {
      const { page } = await browser.open(`${program.url}/${path}`, { width: 390, height: 844 });
      await page.getByText(nameOf(topology.primary)).first().waitFor();
      await page.getByText('recoveries on').waitFor();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
      const [switchBox, hereBox] = await Promise.all([
        page.getByText('recoveries on').boundingBox(),
        page.getByLabel('Path').boundingBox(),
      ]);
      expect((hereBox?.x ?? 0) + (hereBox?.width ?? 0)).toBeLessThanOrEqual(switchBox?.x ?? 0);
      await page.close();
    }
  });

  test('cards are reached and opened by the keyboard', async () => {
    await card(nameOf(topology.primary)).focus();
    await open.page.keyboard.press('ArrowRight');
    const focusedNow = () => open.page.evaluate<string | undefined>('document.activeElement.dataset.server');
    await expect
      .poll(focusedNow, { timeout: PATIENCE_MS })
      .toSatisfy((name) => [2, 3].map((number) => nameOf(topology.server(number))).includes(name));
    const focused = await focusedNow();
    await open.page.keyboard.press('Enter');
    await open.page.getByLabel(`Details of ${focused}`).getByText(nameOf(topology.primary)).waitFor();
    await open.page.getByRole('button', { name: 'Close details' }).click();
  });

  test('the primary dies and another card becomes the writable primary, without a reload', async () => {
    const old = nameOf(topology.primary);
    await topology.primary.kill();
    const successor = open.page.locator(`[data-role="primary"][data-writable="true"]:not([data-server="${old}"])`);
    await successor.waitFor();
    const name = (await successor.getAttribute('data-server')) ?? '';
    await edgesFrom(name).first().waitFor({ state: 'attached' });
    await open.page.locator(`[data-server="${old}"][data-health="dead"]`).waitFor();
    await open.page.getByLabel('Live log').getByText('Recovery succeeded').waitFor();
    await open.page.getByLabel('Recovery history').getByText('succeeded').waitFor();
    await open.shot('page-after-failover');
    expect(await open.page.locator('[data-server]').count()).toBe(4);
  });

  test('the global switch is seen, and turned after a second question', async () => {
    const stateNow = async (): Promise<string> =>
      ((await (await fetch(`${program.url}/api/check-global-recoveries`)).json()) as { Details: string }).Details;
    await open.page.getByRole('button', { name: 'recoveries on' }).click();
    await open.page.getByRole('button', { name: 'Disable all automated recoveries' }).click();
    await open.page.getByText('recoveries disabled globally').waitFor();
    expect(await stateNow()).toBe('disabled');
    await open.page.getByRole('button', { name: 'Enable…' }).click();
    await open.page.getByRole('button', { name: 'Enable automated recoveries' }).click();
    await open.page.getByRole('button', { name: 'recoveries on' }).waitFor();
    expect(await stateNow()).toBe('enabled');
  });

  test('the recovery is acknowledged with a comment', async () => {
    const history = open.page.getByLabel('Recovery history');
    await history.getByRole('button', { name: 'Acknowledge…' }).click();
    await history.getByLabel('Comment of the acknowledgement').fill('seen & <b>done</b>');
    await history.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await history.getByText('acknowledged by').waitFor();
  });

  test('the old primary comes back writable, is fenced, and the page says so', async () => {
    await topology.primary.restart({ readOnly: false });
    await card(nameOf(topology.primary)).getByText('returned, fenced').first().waitFor({ state: 'attached' });
    await open.shot('page-returned');
  });

  test('nothing went wrong in the browser; when the program ends, the page says that it is not live', async () => {
    expect(open.complaints).toEqual([]);
    await program.stop();
    await open.page.getByText('Connection lost, retrying').waitFor();
    expect(await open.page.locator('[data-server]').count()).toBe(4);
    await open.shot('page-connection-lost');
  });
});
