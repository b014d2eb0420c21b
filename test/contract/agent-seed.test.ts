import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type App, compose } from '../../src/compose.ts';
import { createFakeServers } from '../../src/engine/testing/fakes.ts';
import { instanceOf } from '../../src/model/testing/instances.ts';
import { loadFile } from '../support/load-config.ts';
import { type ImitationAgent, type SeedPorts, startImitationAgent } from './support/imitation-agent.ts';

vi.setConfig({ testTimeout: 60_000 });

/**
 * A seed through the whole program: HTTP in, HTTP to two imitations of the agent (no real one was at hand), bytes copied from
 * folder to folder through a socket, states in an SQLite file. Only the MySQL servers are invented.
 */

const quiet = (): void => undefined;
const LOGGER = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet };
const SOON = { interval: 20, timeout: 30_000 };
/** The whole program is loaded, on a machine that may be busy with other tests. */
const LOAD_MS = 60_000;

let folder: string;
let app: App;
let url: string;
let target: ImitationAgent;
let source: ImitationAgent;
const servers = createFakeServers();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-seed-'));
  const file = join(folder, 'orchestrator.conf.json');
  const settings = {
    ListenAddress: '127.0.0.1:0',
    AgentsServerPort: '127.0.0.1:0',
    ServeAgentsHttp: true,
    HostnameResolveMethod: 'none',
    BackendDB: 'sqlite',
    SQLite3DataFile: join(folder, 'orchestrator.sqlite3'),
    SeedWaitSecondsBeforeSend: 0,
    SeedAcceptableBytesDiff: 0,
  };
  writeFileSync(file, JSON.stringify(settings));
  app = await compose(loadFile(file), {
    mode: 'one-shot',
    logger: LOGGER,
    programFolder: import.meta.dirname,
    version: 'test',
    wrapServers(real) {
      void real.close();
      return servers;
    },
  });
  ({ url } = await app.serve());
}, LOAD_MS);

afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  const ports: SeedPorts = new Map();
  // Two names of this machine, two agents with two tokens: two hosts as far as anybody can tell.
  target = await startImitationAgent('localhost', ports);
  source = await startImitationAgent('127.0.0.1', ports);
  for (const { hostname, port, token } of [target, source])
    await app.orchestrator.agents.submit({ hostname, port, token });
  for (const name of ['ibdata1', 'orders.ibd']) writeFileSync(join(source.snapshotFolder, name), randomBytes(700_000));
  writeFileSync(join(target.dataFolder, 'ibdata1'), 'the data of before');
  source.state.isRunning = true;
});

afterEach(async () => {
  await Promise.all([target.close(), source.close()]);
  servers.put('localhost:3306', null);
});

async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.json() };
}

const SEED = '/api/agent-seed/localhost/127.0.0.1';
const detailsOf = async (seedId: unknown) => (await get(`/api/agent-seed-details/${seedId}`)).body;
const ended = (seedId: unknown, isSuccessful: boolean) =>
  vi.waitFor(
    async () => expect(await detailsOf(seedId)).toMatchObject([{ IsComplete: true, IsSuccessful: isSuccessful }]),
    SOON,
  );
const contentOf = (of: string): string[] =>
  readdirSync(of).map((name) => `${name} ${readFileSync(join(of, name)).toString('base64')}`);

test('every byte of the snapshot arrives, MySQL is started, the source is left as it was', async () => {
  const preview = await get(`${SEED}?dryRun=true`);
  expect([preview.status, target.orders, source.orders]).toEqual([200, [], []]);
  expect(preview.body).toMatchObject({
    Code: 'OK',
    Details: { Steps: expect.arrayContaining(['Starting MySQL on localhost']) },
  });

  let goOn = (): void => undefined;
  source.state.middle = new Promise((resolve) => {
    goOn = resolve;
  });
  const { status, body: seedId } = await get(SEED);
  expect([status, typeof seedId]).toEqual([200, 'number']);
  expect(await get('/api/agent-active-seeds/localhost')).toMatchObject({ body: [{ SeedId: seedId }] });
  const actionsOf = async (): Promise<readonly string[]> => {
    const { body } = await get(`/api/agent-seed-states/${seedId}`);
    return (body as { readonly Action: string }[]).map(({ Action }) => Action);
  };
  await vi.waitFor(
    async () => expect((await actionsOf())[0]).toMatch(/^Copied [\d.]+ kB of 1.40 MB \([4-6]\d%\)$/),
    SOON,
  );
  goOn();
  await ended(seedId, true);

  expect(contentOf(target.dataFolder)).toEqual(contentOf(source.snapshotFolder));
  expect(target.orders).toEqual([
    'delete-mysql-datadir',
    `receive-mysql-seed-data/${seedId}`,
    'post-copy',
    'mysql-start',
  ]);
  expect(source.orders).toEqual(['mountlv', `send-mysql-seed-data/localhost/${seedId}`, 'umount']);
  expect([target.state.isRunning, source.state.isMounted]).toEqual([true, false]);
  expect((await actionsOf())[0]).toBe('Completed');
});

test('a sender that breaks off: MySQL is not started on half the data, and both hosts are told to stop', async () => {
  source.state.breaksOffAfterBytes = 300_000;
  const { body: seedId } = await get(SEED);
  await ended(seedId, false);
  expect(target.orders.slice(2)).toEqual([`abort-seed/${seedId}`]);
  expect(source.orders.slice(2)).toEqual([`abort-seed/${seedId}`, 'umount']);
  expect([target.state.isRunning, source.state.isMounted]).toEqual([false, false]);
  const { body: states } = await get(`/api/agent-seed-states/${seedId}`);
  expect((states as unknown[])[0]).toMatchObject({
    Action: 'Failed',
    ErrorMessage: 'the sending command on 127.0.0.1 failed; look at the log of its agent',
  });
});

test('a server that answers at the target is not overwritten, whatever the agent says', async () => {
  servers.put('localhost:3306', instanceOf('localhost:3306'));
  const { status, body } = await get(SEED);
  expect([status, body]).toMatchObject([500, { Code: 'ERROR' }]);
  expect(JSON.stringify(body)).toContain('a server answers at localhost:3306, whatever the agent says');
  expect([target.orders, source.orders, contentOf(target.dataFolder).length]).toEqual([[], [], 1]);
});

test('abort ends the copy on both hosts', async () => {
  source.state.middle = new Promise(quiet);
  const { body: seedId } = await get(SEED);
  await vi.waitFor(() => expect(source.orders).toContain(`send-mysql-seed-data/localhost/${seedId}`), SOON);
  expect(await get(`/api/agent-abort-seed/${seedId}`)).toEqual({ status: 200, body: true });
  await ended(seedId, false);
  await vi.waitFor(() => expect(source.orders.at(-1)).toBe('umount'), SOON);
  expect([target.state.isRunning, target.orders.at(-1)]).toEqual([false, `abort-seed/${seedId}`]);
});
