import { describe, expect, it } from 'vitest';
import { playFailovers, playOurDeaths } from './play-failovers.ts';
import { areSeedsChosen, SEEDS_TIMEOUT_MS, seedsOf } from './seeds.ts';

const MOST_DEEDS = 40;

describe('failovers by file and position in a simulated world, with Pseudo-GTID and without', () => {
  it(
    'keep every rule of data safety',
    async () => {
      const name = 'failover-by-place';
      const seeds = seedsOf(name, { short: 50, long: 4_000 });
      const ends = await playFailovers(name, seeds, { isByPlace: true });
      if (!areSeedsChosen()) expect(ends.recovered).toBeGreaterThan(seeds.length / 3);
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    'also when our process dies after any deed of it',
    async () => {
      const name = 'failover-by-place-resumed';
      await playOurDeaths(name, seedsOf(name, { short: 25, long: 3_000 }), MOST_DEEDS, { isByPlace: true });
    },
    SEEDS_TIMEOUT_MS,
  );
});
