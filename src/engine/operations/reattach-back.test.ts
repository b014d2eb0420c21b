import { expect, it } from 'vitest';
import { nameOf } from '../../plan/operations/testing/ask.ts';
import { pair, plan, STOPPED } from '../../plan/operations/testing/one-server.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createExecutor } from '../executor/executor.ts';
import { compensate, runPlan } from '../executor/run-plan.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';

const at = (position: number) => ({ kind: 'binlog' as const, file: 'bin.000001', position });
const KEY = { hostname: '//10.0.0.1', port: 1 };
const DETACHED = {
  configuredSource: KEY,
  source: KEY,
  receiver: STOPPED,
  readCoordinates: at(100),
  executedCoordinates: at(100),
};

it('a reattach that is taken back after the replica has read on leaves it detached where it stands', async () => {
  const records = pair('coordinates', { replication: DETACHED });
  const servers = createFakeServers();
  for (const { key, instance } of records) servers.put(nameOf(key.port), instance);
  const context = executionOn(servers);
  const executor = createExecutor({ servers, clock: createSystemClock() });
  const made = plan('reattach-replica', records);
  expect(await runPlan(made, executor, context, context)).toMatchObject({ kind: 'done' });
  // Our process dies before it has written that down; the replica goes on.
  const replica = servers.at(nameOf(2));
  if (replica?.replication == null) throw new Error('no replica');
  const replication = { ...replica.replication, readCoordinates: at(900), executedCoordinates: at(900) };
  servers.put(nameOf(2), { ...replica, replication });
  const begun = made.stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));
  expect(await compensate(begun, executor, context)).toMatchObject({ leftovers: [] });
  const back = servers.commands.findLast(({ command }) => command.kind === 'change-source')?.command;
  expect(back).toMatchObject({ source: KEY, coordinates: at(900) });
});
