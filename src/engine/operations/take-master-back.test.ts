import { expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { keyOf, nameOf, planned, tree } from '../../plan/operations/testing/ask.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createExecutor } from '../executor/executor.ts';
import { runPlan } from '../executor/run-plan.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';

const [OLD, NEW] = ['0-1-10', '0-1-20'];

/** It replicates from the grandparent, where clients write all the time. */
const withNews = (instance: Instance): Instance => ({
  ...instance,
  executedGtid: NEW,
  replication: instance.replication === null ? null : { ...instance.replication, receivedGtid: NEW },
});

it('MariaDB: a take-master whose source is not let in below the replica is taken back under writes', async () => {
  const before = { executedGtid: OLD, replication: { receivedGtid: OLD } };
  const records = tree('mariadb', { 1: 0, 2: 1, 3: 2 }, { 1: { executedGtid: NEW }, 2: before, 3: before });
  const servers = createFakeServers();
  for (const { key, instance } of records) servers.put(nameOf(key.port), instance);
  const execute: typeof servers.execute = async (instance, command, options) => {
    const source = servers.at(formatKey(instance.key))?.replication?.source;
    const starts = command.kind === 'start-receiver' && source !== undefined;
    if (starts && sameKey(source, keyOf(3)))
      return { kind: 'failed', failure: { kind: 'answered', errorNumber: 1045, message: 'Access denied' } };
    const outcome = await servers.execute(instance, command, options);
    const now = servers.at(formatKey(instance.key));
    if (starts && sameKey(source, keyOf(1)) && now !== null) servers.put(formatKey(instance.key), withNews(now));
    return outcome;
  };
  const context = executionOn(servers);
  const executor = createExecutor({ servers: { ...servers, execute }, clock: createSystemClock() });
  const outcome = await runPlan(planned('take-master', 3, records), executor, context, context);
  expect(outcome).toMatchObject({ kind: 'failed', trouble: { reason: 'Access denied' }, leftovers: [] });
  expect([2, 3].map((port) => servers.at(nameOf(port))?.replication?.source)).toEqual([keyOf(1), keyOf(2)]);
  for (const port of [2, 3])
    expect(servers.at(nameOf(port))?.replication).toMatchObject({
      receiver: { state: 'running' },
      applier: { state: 'running' },
    });
}, 20_000);
