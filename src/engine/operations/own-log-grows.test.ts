import { describe, expect, it } from 'vitest';
import type { OperationKind } from '../../plan/operations/request.ts';
import { type Kind, nameOf, planned, tree } from '../../plan/operations/testing/ask.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createExecutor } from '../executor/executor.ts';
import { runPlan } from '../executor/run-plan.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';

const at = (position: number) => ({ kind: 'binlog' as const, file: 'bin.000002', position });
/** 3 below 2 below 1. The log of 2 was noted to end at 300; 3 has executed 43 bytes more of it, and has this position. */
const family = (kind: Kind, executedGtid: string) =>
  tree(
    kind,
    { 1: 0, 2: 1, 3: 2 },
    {
      2: { instance: { ownCoordinates: at(300) } },
      3: { executedGtid, replication: { readCoordinates: at(343), executedCoordinates: at(343) } },
    },
  );

async function run(operation: OperationKind, kind: Kind, executedGtid: string): Promise<string> {
  const records = family(kind, executedGtid);
  const servers = createFakeServers();
  for (const { key, instance } of records) servers.put(nameOf(key.port), instance);
  const context = executionOn(servers);
  const executor = createExecutor({ servers, clock: createSystemClock() });
  const outcome = await runPlan(planned(operation, 3, records), executor, context, context);
  return outcome.kind === 'done' ? 'done' : outcome.trouble.reason;
}

describe.each(['move-up', 'take-master'] as const)(
  '%s, where the log of the source has grown since it was noted',
  (operation) => {
    it('MariaDB: by housekeeping alone, as the position tells', async () => {
      expect(await run(operation, 'mariadb-coordinates', '0-1-10')).toBe('done');
    });

    it('by a write, the replica would take it along: nothing is moved', async () => {
      expect(await run(operation, 'mariadb-coordinates', '0-2-11')).toMatch(/which is past/);
      expect(await run(operation, 'coordinates', '')).toMatch(/which is past/);
    });
  },
);
