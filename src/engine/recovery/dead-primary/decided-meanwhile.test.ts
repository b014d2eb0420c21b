import { describe, expect, it } from 'vitest';
import type { IntentSnapshot } from '../../ports.ts';
import { nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

/** People decide while the PreFailover hooks of a recovery run. */
async function decideDuringHooks(decided: Partial<IntentSnapshot>, isForced: boolean) {
  const scene = recoveryScene();
  for (const number of [1, 2, 3]) scene.put(number, number === 1 ? null : 1);
  scene.kill(1);
  let end = (): void => undefined;
  const hooks = new Promise<void>((resolve) => {
    end = resolve;
  });
  scene.holdHooks('PreFailoverProcesses', hooks);
  const recovering = scene.recover([2, 3], { isForced });
  await scene.until(() => scene.hooksRun.length === 1);
  scene.decide(decided);
  end();
  return { ...scene, outcome: await recovering };
}

const downtime = { reason: 'no', owner: 'me', beginAtMs: 0, endAtMs: Number.MAX_SAFE_INTEGER, isActive: true };
const DISABLED: Partial<IntentSnapshot> = { isRecoveryDisabled: true };
/** What hooks of people do, too. */
const OF_ONE_SERVER: readonly [string, Partial<IntentSnapshot>][] = [
  ['downtimed', { downtimes: new Map([[nameOf(1), downtime]]) } as unknown as Partial<IntentSnapshot>],
  ['in maintenance', { maintenance: new Set([nameOf(1)]) } as unknown as Partial<IntentSnapshot>],
];

describe('what people decide while a recovery of a dead primary runs', () => {
  it('calls it off before anybody is promoted: no recoveries at all', async () => {
    const { outcome, commandsTo, receiverOf, store } = await decideDuringHooks(DISABLED, false);
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('disabled globally') });
    expect(commandsTo(2)).not.toContain('reset-replication');
    expect([receiverOf(2), receiverOf(3)]).not.toContain('stopped');
    expect(await store.readDeposed()).toEqual([]);
    expect(store.records).toMatchObject([{ isSuccessful: false, isInActivePeriod: false, isAcknowledged: true }]);
  });

  it('is nothing to one that a person ordered', async () => {
    const { outcome } = await decideDuringHooks(DISABLED, true);
    expect(outcome).toMatchObject({ kind: 'recovered' });
  });

  it.each(OF_ONE_SERVER)('lets it go on where the failed primary is %s', async (_words, decided) => {
    const { outcome } = await decideDuringHooks(decided, false);
    expect(outcome).toMatchObject({ kind: 'recovered' });
  });
});
