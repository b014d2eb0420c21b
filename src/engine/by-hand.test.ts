import { expect, test } from 'vitest';
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import { createByHand } from './by-hand.ts';

const KEY = { hostname: '10.0.0.1', port: 3306 };
const RECORD = { key: KEY, position: { clusterName: 'c' } };

/** A server whose analysis says this; only what a request for a plan looks at. */
function scene(code: string) {
  const planned: string[] = [];
  const byHand = createByHand({
    discovery: { readNow: async () => ({ kind: 'read' }) },
    persistence: {},
    fleet: { records: () => [], recordOf: () => RECORD },
    analyser: { analyse: () => [{ code, view: { key: KEY } } as unknown as AnalysisEntry] },
    recoveries: {
      handles: (one: string) => one === 'DeadMaster',
      planFor: async (entry: AnalysisEntry) => {
        planned.push(entry.code);
        return { kind: 'plan' };
      },
    },
    clock: { now: () => 0 },
  } as unknown as Parameters<typeof createByHand>[0]);
  return { byHand, planned };
}

test('a dry run does not promise to replace a primary that is well: the recovery itself would do nothing', async () => {
  const { byHand, planned } = scene('NoProblem');
  expect(await byHand.planRecovery(KEY, null)).toMatchObject({
    kind: 'refusal',
    clusterName: 'c',
    reason: '10.0.0.1:3306 shows NoProblem, from which there is no recovery',
  });
  expect(planned).toEqual([]);
});

test('a dead one is planned for, and one that is to be imagined dead', async () => {
  const { byHand, planned } = scene('NoProblem');
  await byHand.planRecovery(KEY, null, 'dead');
  await scene('DeadMaster').byHand.planRecovery(KEY, null);
  expect(planned).toEqual(['NoProblem']);
  expect(await scene('DeadMaster').byHand.planRecovery(KEY, null)).toEqual({ kind: 'plan' });
});
