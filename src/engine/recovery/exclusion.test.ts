import { describe, expect, it } from 'vitest';
import { keyOf } from '../testing/recovery-scene.ts';
import { type Concern, createExclusion, type Turn } from './exclusion.ts';

/** A promise, and how to resolve it. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

const about = (clusterName: string, failed: number, members: readonly number[] = [failed]): Concern => ({
  clusterName,
  failed: keyOf(failed),
  members: members.map(keyOf),
});

describe('recoveries of one cluster', () => {
  it('are done one at a time; those of other clusters beside them', async () => {
    const exclusion = createExclusion();
    const { passed, open } = gate();
    const first = exclusion.run(about('c', 1), () => passed.then(() => 'first'), 'busy');
    expect(await exclusion.run(about('c', 2), async () => 'second', 'busy')).toBe('busy');
    expect(await exclusion.run(about('d', 3), async () => 'third', 'busy')).toBe('third');
    expect([exclusion.isHeld(keyOf(1)), exclusion.isHeldFirmly(keyOf(1))]).toEqual([true, true]);
    open();
    expect(await first).toBe('first');
    expect(exclusion.isHeld(keyOf(1))).toBe(false);
  });

  it('are of one cluster also where it goes by two names: the failed server of one is a member of the other', async () => {
    const exclusion = createExclusion();
    const { passed, open } = gate();
    const first = exclusion.run(about('c', 1, [1, 2, 3]), () => passed, undefined);
    expect(exclusion.standingIn(about('2', 2))).toBe('held');
    expect(await exclusion.run(about('2', 2), async () => 'second', 'busy')).toBe('busy');
    expect(await exclusion.run(about('4', 4, [1, 4]), async () => 'third', 'busy')).toBe('busy');
    expect(await exclusion.run(about('5', 5, [3, 5]), async () => 'fourth', 'busy')).toBe('fourth');
    open();
    await first;
    expect(exclusion.standingIn(about('2', 2))).toBe('free');
  });

  it('do not wait for the last hooks of another, which are waited for at the end of the process', async () => {
    const exclusion = createExclusion();
    const hooks = gate();
    const work = async (turn: Turn): Promise<string> => {
      turn.release('u');
      await hooks.passed;
      return 'first';
    };
    const first = exclusion.run(about('c', 1), work, 'busy');
    expect([exclusion.isHeld(keyOf(1)), exclusion.isFinishing('u')]).toEqual([false, true]);
    const other = gate();
    const second = exclusion.run(about('c', 1), () => other.passed, undefined);
    let isClosed = false;
    const closed = exclusion.close().then(() => {
      isClosed = true;
    });
    hooks.open();
    expect(await first).toBe('first');
    // The end of the first does not free what the second holds by now.
    expect([exclusion.isHeld(keyOf(1)), exclusion.isFinishing('u'), isClosed]).toEqual([true, false, false]);
    other.open();
    await second;
    await closed;
  });

  it('give way while they wait for their first hooks, and not later', async () => {
    const exclusion = createExclusion();
    const hooks = gate();
    const rest = gate();
    const seen: unknown[] = [];
    const work = async (turn: Turn): Promise<void> => {
      seen.push(await turn.unlessWanted(hooks.passed.then(() => 'hooks')));
      await rest.passed;
    };
    const first = exclusion.run(about('c', 1), work, undefined);
    expect([exclusion.isHeld(keyOf(1)), exclusion.isHeldFirmly(keyOf(1))]).toEqual([true, false]);
    const given = exclusion.giveWay(about('c', 2));
    rest.open();
    await given;
    await first;
    expect(seen).toEqual([null]);
    const later = gate();
    const second = exclusion.run(about('c', 1), () => later.passed, undefined);
    await exclusion.giveWay(about('c', 2));
    expect(exclusion.isHeldFirmly(keyOf(1))).toBe(true);
    later.open();
    await second;
  });
});
