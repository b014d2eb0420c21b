import { describe, expect, it } from 'vitest';
import { playFailovers, playOurDeaths } from './play-failovers.ts';
import { areSeedsChosen, SEEDS_TIMEOUT_MS, seedsOf } from './seeds.ts';

const MOST_DEEDS = 50;

describe('failovers of a primary whose log binlog servers read, in a simulated world', () => {
  it(
    'keep every rule of data safety, and lose no replica below a binlog server that has everything',
    async () => {
      const name = 'failover-binlog-servers';
      const seeds = seedsOf(name, { short: 1, long: 4_000, found: [503, 894] });
      const ends = await playFailovers(name, seeds, { hasBinlogServers: true });
      if (!areSeedsChosen()) expect(ends.recovered).toBeGreaterThanOrEqual(seeds.length / 3);
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    'also when our process dies after any deed of it',
    async () => {
      const name = 'failover-binlog-servers-resumed';
      await playOurDeaths(name, seedsOf(name, { short: 0, long: 3_000, found: [1002, 704] }), MOST_DEEDS, {
        hasBinlogServers: true,
      });
    },
    SEEDS_TIMEOUT_MS,
  );
});
