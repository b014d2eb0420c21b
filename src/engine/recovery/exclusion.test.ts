import { describe, expect, it } from 'vitest';
import { keyOf } from '../testing/recovery-scene.ts';
import { createExclusion, type Turn } from './exclusion.ts';

/** A promise, and how to resolve it. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('recoveries of one cluster', () => {
  it('are done one at a time; those of other clusters beside them', async () => {
    const exclusion = createExclusion();
    const { passed, open } = gate();
    const first = exclusion.run('c', keyOf(1), () => passed.then(() => 'first'), 'busy');
    expect(await exclusion.run('c', keyOf(2), async () => 'second', 'busy')).toBe('busy');
    expect(await exclusion.run('d', keyOf(3), async () => 'third', 'busy')).toBe('third');
    expect([exclusion.isHeld(keyOf(1)), exclusion.isHeldFirmly(keyOf(1))]).toEqual([true, true]);
    open();
    expect(await first).toBe('first');
    expect(exclusion.isHeld(keyOf(1))).toBe(false);
  });

  it('do not wait for the last hooks of another, which are waited for at the end of the process', async () => {
    const exclusion = createExclusion();
    const hooks = gate();
    const work = async (turn: Turn): Promise<string> => {
      turn.release('u');
      await hooks.passed;
      return 'first';
    };
    const first = exclusion.run('c', keyOf(1), work, 'busy');
    expect([exclusion.isHeld(keyOf(1)), exclusion.isFinishing('u')]).toEqual([false, true]);
    const other = gate();
    const second = exclusion.run('c', keyOf(1), () => other.passed, undefined);
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
    const first = exclusion.run('c', keyOf(1), work, undefined);
    expect([exclusion.isHeld(keyOf(1)), exclusion.isHeldFirmly(keyOf(1))]).toEqual([true, false]);
    const given = exclusion.giveWay('c');
    rest.open();
    await given;
    await first;
    expect(seen).toEqual([null]);
    const later = gate();
    const second = exclusion.run('c', keyOf(1), () => later.passed, undefined);
    await exclusion.giveWay('c');
    expect(exclusion.isHeldFirmly(keyOf(1))).toBe(true);
    later.open();
    await second;
  });
});
