import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { ProbeOutcome, ProbeRequest } from '../engine/ports.ts';
import { createProbeQueue } from './probe-queue.ts';
import type { Prober } from './prober.ts';

const KEY = { hostname: 'db1', port: 3306 };
const FULL: ProbeRequest = { deadlineMs: 60_000, depth: 'full', previous: null };
const QUICK: ProbeRequest = { ...FULL, depth: 'replication' };
const failedAfter = (latencyMs: number): ProbeOutcome => ({
  kind: 'failed',
  failure: { kind: 'closed', errorNumber: null, message: '' },
  isPartial: false,
  latencyMs,
});
// Only the kind matters to the queue.
const answered = (name: string): ProbeOutcome => ({ kind: 'answered', warnings: [name] }) as unknown as ProbeOutcome;

/** A prober that is moved by hand. */
function manualProber(clock = createSystemClock()) {
  const runs: { request: ProbeRequest; begin: () => void; finish: (outcome: ProbeOutcome) => void }[] = [];
  const prober: Prober = {
    run: (request, onSent) =>
      new Promise((resolve) => {
        runs.push({ request, begin: onSent, finish: resolve });
      }),
    release: () => undefined,
  };
  return { runs, ask: createProbeQueue(clock, KEY, prober) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('createProbeQueue', () => {
  it('shares a probe whose reading has not begun', async () => {
    const { runs, ask } = manualProber();
    const answers = [ask(FULL), ask(FULL), ask(QUICK)];
    expect(runs).toHaveLength(1);
    runs[0]?.finish(answered('a'));
    expect(await Promise.all(answers)).toEqual([answered('a'), answered('a'), answered('a')]);
  });

  it('never gives what was read before the question', async () => {
    const { runs, ask } = manualProber();
    const before = ask(FULL);
    runs[0]?.begin();
    const after = ask(FULL);
    const alsoAfter = ask(QUICK);
    runs[0]?.finish(answered('old'));
    expect(await before).toEqual(answered('old'));
    await settled();
    expect(runs).toHaveLength(2);
    runs[1]?.finish(answered('new'));
    expect(await Promise.all([after, alsoAfter])).toEqual([answered('new'), answered('new')]);
    expect(runs).toHaveLength(2);
  });

  it('does not answer a full question with a quick reading', async () => {
    const { runs, ask } = manualProber();
    const quick = ask(QUICK);
    const full = ask(FULL);
    runs[0]?.finish(answered('quick'));
    await quick;
    await settled();
    expect(runs[1]?.request.depth).toBe('full');
    runs[1]?.finish(answered('full'));
    expect(await full).toEqual(answered('full'));
  });

  it('gives a failure to everybody who waits', async () => {
    const { runs, ask } = manualProber();
    const first = ask(FULL);
    runs[0]?.begin();
    const second = ask(FULL);
    runs[0]?.finish(failedAfter(5));
    expect(await Promise.all([first, second])).toEqual([failedAfter(5), failedAfter(5)]);
    expect(runs).toHaveLength(1);
    void ask(FULL);
    expect(runs).toHaveLength(2);
  });

  it('takes a mistake of ours for an answer, never for silence of the server', async () => {
    const prober: Prober = { run: () => Promise.reject(new Error('bad rows')), release: () => undefined };
    const outcome = await createProbeQueue(createSystemClock(), KEY, prober)(FULL);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'answered' } });
  });

  it('lets a sharer go at its own deadline', async () => {
    const { runs, ask } = manualProber();
    const patient = ask(FULL);
    const outcome = await ask({ ...FULL, deadlineMs: 20 });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'deadline' } });
    runs[0]?.finish(answered('late'));
    expect(await patient).toEqual(answered('late'));
  });

  it('does not ask what nobody waits for any more: the session would be ended for an answer in no time', async () => {
    // Timers may run a little ahead of the clock.
    const { runs, ask } = manualProber({ ...createSystemClock(), monotonicMs: () => 0 });
    const slow = ask(FULL);
    runs[0]?.begin();
    expect(await ask({ ...QUICK, deadlineMs: 20 })).toMatchObject({ failure: { kind: 'deadline' } });
    runs[0]?.finish(answered('slow'));
    await slow;
    await settled();
    expect(runs).toHaveLength(1);
    void ask(QUICK);
    expect(runs).toHaveLength(2);
  });

  it('gives a shared question the time of its most patient asker', async () => {
    const { runs, ask } = manualProber();
    const slow = ask(FULL);
    runs[0]?.begin();
    const hasty = ask({ ...FULL, deadlineMs: 20 });
    const patient = ask(FULL);
    expect(await hasty).toMatchObject({ failure: { kind: 'deadline' } });
    runs[0]?.finish(answered('slow'));
    await slow;
    await settled();
    expect(runs[1]?.request.deadlineMs).toBeGreaterThan(10_000);
    runs[1]?.finish(answered('new'));
    expect(await patient).toEqual(answered('new'));
  });
});
