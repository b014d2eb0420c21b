import { expect, test, vi } from 'vitest';
import type { AnalysisCode, AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { parseKey } from '../../model/instance-key.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import { createExplanations } from './explanations.ts';
import { createStandingRecoveries } from './standing-recoveries.ts';

const KEY = parseKey('10.0.0.2:3306', 3306);
const LOCKED: AnalysisCode = 'LockedSemiSyncMaster';
const RECOVERED: RecoverOutcome = { kind: 'recovered', uid: 'u', successor: KEY, lost: [] };

const entryOf = (code: AnalysisCode, isSkippableDueToDowntime = false): AnalysisEntry =>
  ({ code, isSkippableDueToDowntime, view: { key: KEY, clusterName: 'c' } }) as unknown as AnalysisEntry;

function scene(outcome: RecoverOutcome, isLeader = true) {
  const clock = createStillClock();
  const recover = vi.fn(async () => outcome);
  const explanations = createExplanations({ clock, logger: SILENT, emit: () => undefined });
  const standing = createStandingRecoveries({
    recoveries: { handles: () => true, recover, isBeingRecovered: () => false },
    explanations,
    leadership: { isLeader: () => isLeader },
    clock,
    logger: SILENT,
  });
  /** One evaluation a second. */
  const see = async (code: AnalysisCode, isDowntimed = false): Promise<void> => {
    clock.pass(1_000);
    standing.consider(entryOf(code, isDowntimed));
    await Promise.resolve();
    await new Promise(setImmediate);
  };
  return { recover, explanations, see };
}

test('what stands is mended at the second sight, by itself', async () => {
  const { recover, explanations, see } = scene(RECOVERED);
  await see(LOCKED);
  expect(recover).not.toHaveBeenCalled();
  await see(LOCKED);
  expect(recover).toHaveBeenCalledTimes(1);
  expect(explanations.list()).toMatchObject([{ server: KEY, verdict: 'recovered' }]);
});

test('what comes and goes is not', async () => {
  const { recover, see } = scene(RECOVERED);
  for (const code of [LOCKED, 'NoProblem', LOCKED, 'NoProblem'] as const) await see(code);
  expect(recover).not.toHaveBeenCalled();
});

test('a server that does not answer is no matter for this', async () => {
  const { recover, see } = scene(RECOVERED);
  for (let times = 0; times < 3; times += 1) await see('DeadIntermediateMaster');
  expect(recover).not.toHaveBeenCalled();
});

test('neither is one that is downtimed, nor is anything on a node that does not lead', async () => {
  const downtimed = scene(RECOVERED);
  for (let times = 0; times < 3; times += 1) await downtimed.see(LOCKED, true);
  expect(downtimed.recover).not.toHaveBeenCalled();
  const follower = scene(RECOVERED, false);
  for (let times = 0; times < 3; times += 1) await follower.see(LOCKED);
  expect(follower.recover).not.toHaveBeenCalled();
});

test('why nothing is done is said, and forgotten when it is over', async () => {
  const { explanations, see } = scene({ kind: 'not-attempted', reason: 'it may not', refusal: null });
  await see(LOCKED);
  await see(LOCKED);
  expect(explanations.list().map(({ sentence }) => sentence)).toEqual(['Not recovering 10.0.0.2:3306: it may not.']);
  await see('NoProblem');
  expect(explanations.list()).toEqual([]);
});
