import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { vocabularyOf } from '../../lab/flavour.ts';
import { FLAVOURS, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import { createExecutor } from '../../src/engine/executor/executor.ts';
import type { Servers } from '../../src/engine/ports.ts';
import type { Instance } from '../../src/model/instance.ts';
import { formatKey } from '../../src/model/instance-key.ts';
import { detachStage } from '../../src/plan/failover/detach.ts';
import { holdApplier, waitReceived } from '../support/writers.ts';
import { connectLab, readServer } from './mysql-support.ts';

const ROWS = 50;

describe.each(FLAVOURS)('detaching a lost replica on %s', (flavour) => {
  let topology: LabTopology;
  let servers: Servers;

  beforeAll(async () => {
    topology = await startTopology({ flavour, tree: '1(2)' });
  });
  afterAll(() => topology?.close());
  beforeEach(() => {
    servers = connectLab();
  });
  afterEach(async () => {
    await servers.close();
    await topology.reset();
  });

  const read = (): Promise<Instance> => readServer(servers, topology.server(2));
  const countRows = async (): Promise<number> =>
    Number((await topology.server(2).query('SELECT COUNT(*) AS n FROM app.t'))[0]?.n);

  /** Detaches replica 2; gives the reasons of what failed. */
  async function detach(): Promise<readonly string[]> {
    let last = await read();
    const executor = createExecutor({ servers, clock: createSystemClock() });
    const failures: string[] = [];
    for (const stage of detachStage([{ key: last.key, name: formatKey(last.key), instance: last }])) {
      const { lanes } = await executor.runStage(stage, {
        instanceOf: () => last,
        onReading: (instance) => {
          last = instance;
        },
        gate: async () => null,
        audit: () => undefined,
        signal: new AbortController().signal,
        maxLanes: 1,
        notes: new Map(),
      });
      failures.push(...lanes.flatMap(({ failure }) => failure?.reason ?? []));
    }
    return failures;
  }

  it('puts // before its source, and it keeps positioning and account', async () => {
    const before = await read();
    await topology.primary.kill();
    expect(await detach()).toEqual([]);
    const { replication } = await read();
    expect(replication).toMatchObject({
      configuredSource: { hostname: '//127.0.0.1', port: topology.primary.port },
      positioning: before.replication?.positioning,
      profile: before.replication?.profile,
      receiver: { state: 'stopped' },
      applier: { state: 'running' },
    });
  });

  it('throws away nothing that was received', async () => {
    const release = await holdApplier(topology.server(2));
    for (let id = 0; id < ROWS; id += 1)
      await topology.primary.query('INSERT INTO app.t VALUES (?, ?, ?)', [id, 'l', 'x']);
    await waitReceived(topology.server(2), topology.primary, vocabularyOf(flavour).showBinlogStatus);
    await topology.primary.kill();
    const failures = await detach();
    const isMovedAlone = flavour === 'mysql-9.7';
    expect(failures).toEqual(isMovedAlone ? [] : [expect.stringMatching(/has yet to execute/)]);
    expect((await read()).replication?.configuredSource.hostname).toBe(isMovedAlone ? '//127.0.0.1' : '127.0.0.1');
    release();
    await waitFor(async () => (await countRows()) === ROWS, { what: 'every received row to be executed' });
  });
});
