import { expect, test } from 'vitest';
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import { createByHand } from './by-hand.ts';
import type { StartOptions } from './recovery/recoveries.ts';
import { entryAsDead } from './takeover/primary.ts';

const KEY = { hostname: '10.0.0.1', port: 3306 };
const RECORD = { key: KEY, position: { clusterName: 'c' } };

const REFUSED = {
  kind: 'refusal',
  purpose: '',
  clusterName: 'c',
  reason: '10.0.0.9:3306 is no replica',
  objections: [],
};

/** A server whose analysis says this; only what a request for a plan, or for a recovery, looks at. '': no analysis. `refusal`: of a candidate. */
function scene(code: string, refusal = REFUSED) {
  const planned: string[] = [];
  const recovered: string[] = [];
  const byHand = createByHand({
    discovery: { readNow: async () => ({ kind: 'read' }) },
    persistence: { flush: async () => undefined },
    fleet: { records: () => [], recordOf: () => RECORD },
    analyser: { analyse: () => (code === '' ? [] : [{ code, view: { key: KEY } } as unknown as AnalysisEntry]) },
    recoveries: {
      handles: (one: string) => one.startsWith('Dead'),
      isBeingRecovered: () => false,
      plan: async () => refusal,
      recover: async (entry: AnalysisEntry, { manner }: StartOptions) => {
        recovered.push(manner === undefined ? entry.code : `${entry.code} ${JSON.stringify(manner)}`);
        return { kind: 'failed' };
      },
      planFor: async (entry: AnalysisEntry) => {
        planned.push(entry.code);
        return { kind: 'plan' };
      },
    },
    clock: { now: () => 0 },
  } as unknown as Parameters<typeof createByHand>[0]);
  return { byHand, planned, recovered };
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

const NAMED = { candidate: { hostname: '10.0.0.9', port: 3306 }, skipHooks: false };

test('one in favour of a server that cannot replace the primary is refused before it is registered: it would block others', async () => {
  const { byHand, recovered } = scene('DeadMaster');
  expect(await byHand.recover(KEY, NAMED)).toEqual({ kind: 'not-attempted', reason: REFUSED.reason, refusal: REFUSED });
  expect(recovered).toEqual([]);
});

test('one that can, none that is named, and a failure that replaces nobody are not held up', async () => {
  const able = scene('DeadMaster', { ...REFUSED, kind: 'plan' });
  await able.byHand.recover(KEY, NAMED);
  expect(able.recovered).toEqual(['DeadMaster']);
  const { byHand, recovered } = scene('DeadMaster');
  await byHand.recover(KEY, { ...NAMED, candidate: null });
  const lesser = scene('DeadIntermediateMaster');
  await lesser.byHand.recover(KEY, NAMED);
  expect([...recovered, ...lesser.recovered]).toEqual(['DeadMaster', 'DeadIntermediateMaster']);
});

test('a server in maintenance has no analysis: whoever orders its recovery is told how to end that', async () => {
  const reason = expect.stringContaining('end-maintenance -i 10.0.0.1:3306');
  expect(await scene('').byHand.recover(KEY, NAMED)).toMatchObject({ kind: 'not-attempted', reason });
  expect(await scene('').byHand.planRecovery(KEY, null)).toMatchObject({ kind: 'refusal', reason });
  await expect(entryAsDead(KEY, { analyse: async () => null })).rejects.toMatchObject({ message: reason });
});

test('how replicas are to be moved reaches the recovery', async () => {
  const { byHand, recovered } = scene('DeadIntermediateMaster');
  await byHand.recover(KEY, { ...NAMED, manner: { ignoresVirtualNames: true } });
  expect(recovered).toEqual(['DeadIntermediateMaster {"ignoresVirtualNames":true}']);
});
