import { describe, expect, it } from 'vitest';
import { closeOther, holdBack, makePair } from './pair.ts';
import { createRandom } from './random.ts';
import { endOf } from './sim-log.ts';
import { SIM_FLAVOURS } from './sim-server.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorldOf } from './world.ts';

describe.each(SIM_FLAVOURS)('two simulated servers that follow each other (%s)', (flavour) => {
  it.each([true, false])('pass over what comes round, and end with the same rows (by place: %s)', async (isByPlace) => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const pair = { ...makePair(flavour, isByPlace, createRandom(seed)), lagging: null, slow: [] };
      const clock = createVirtualClock(0);
      const world = createWorldOf(clock, pair.specs);
      holdBack(pair, world);
      await clock.runUntil(() => false, 50);
      world.advance();
      closeOther(pair, world);
      await clock.runUntil(() => false, 50);
      world.advance();
      world.areClientsWriting = false;
      await clock.runUntil(() => false, 400);
      world.advance();
      expect(world.violations).toEqual([]);
      const [first, other] = [world.server(1), world.server(2)];
      expect(first.written).toBeGreaterThan(0);
      if (pair.tookBefore) expect(other.written).toBeGreaterThan(0);
      for (const { executed, history } of world.servers.values()) {
        expect([...executed].toSorted()).toEqual([...first.executed].toSorted());
        expect(history.length).toBe(first.history.length);
      }
      if (!isByPlace) continue;
      expect(first.replication?.executedAt).toEqual(endOf(other.log));
      expect(other.replication?.executedAt).toEqual(endOf(first.log));
    }
  });
});
