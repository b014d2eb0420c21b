import { describe, expect, it } from 'vitest';
import type { CommandKind } from '../../model/command.ts';
import { uuidOf } from '../../model/testing/instances.ts';
import { nameOf } from '../../plan/operations/testing/ask.ts';
import { both, pair, plan, U } from '../../plan/operations/testing/one-server.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createExecutor } from '../executor/executor.ts';
import { runPlan } from '../executor/run-plan.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';

const OWN = uuidOf(2);
const HISTORY = `${U}:1-9,${OWN}:1-3`;
const records = pair(
  'gtid',
  both({ errant: `${OWN}:1-3`, executedGtid: HISTORY }, { replication: { receivedGtid: `${U}:1-9` } }),
);

/** Runs the whole operation on invented servers, of which the replica refuses one command once (1227: the account lacks a privilege). */
async function runRefusing(refusedKind: CommandKind) {
  const servers = createFakeServers();
  for (const { key, instance } of records) servers.put(nameOf(key.port), instance);
  const name = nameOf(2);
  let refusals = 1;
  const execute: typeof servers.execute = async (instance, command, options) => {
    if (command.kind === refusedKind && refusals-- > 0)
      return { kind: 'failed', failure: { kind: 'answered', errorNumber: 1227, message: `${name}: Access denied` } };
    const outcome = await servers.execute(instance, command, options);
    const reading = servers.at(name);
    if (reading === null) return outcome;
    if (command.kind === 'reset-binary-logs') servers.put(name, { ...reading, executedGtid: '' });
    if (command.kind === 'set-purged-gtid') servers.put(name, { ...reading, executedGtid: command.gtid });
    return outcome;
  };
  const context = executionOn(servers);
  const executor = createExecutor({ servers: { ...servers, execute }, clock: createSystemClock() });
  const outcome = await runPlan(plan('gtid-errant-reset-master', records), executor, context, context);
  return { outcome, replica: servers.at(name) };
}

describe('gtid-errant-reset-master of which one command is refused', () => {
  it.each(['reset-binary-logs', 'set-purged-gtid'] as const)('%s: everything is as it was before', async (kind) => {
    const { outcome, replica } = await runRefusing(kind);
    expect(outcome).toMatchObject({ kind: 'failed', leftovers: [] });
    expect(replica).toMatchObject({
      executedGtid: HISTORY,
      replication: { receiver: { state: 'running' }, applier: { state: 'running' } },
    });
  });
});
