import { describe, expect, it } from 'vitest';
import { playFailovers, playOurDeaths } from './play-failovers.ts';
import { areSeedsChosen, SEEDS_TIMEOUT_MS, seedsOf } from './seeds.ts';

const MOST_DEEDS = 40;

const PAIRS = [
  { by: 'by GTID', name: 'failover-pairs-by-gtid', isByPlace: false, short: 3, found: [], foundResumed: [553] },
  {
    by: 'by file and position',
    name: 'failover-pairs-by-place',
    isByPlace: true,
    short: 2,
    found: [103],
    foundResumed: [192, 1216],
  },
];

describe.each(PAIRS)(
  'failovers of one of two co-primaries $by, in a simulated world',
  ({ name, isByPlace, short, found, foundResumed }) => {
    it(
      'keep every rule of data safety',
      async () => {
        const seeds = seedsOf(name, { short, long: 4_000, found });
        const ends = await playFailovers(name, seeds, { isPair: true, isByPlace });
        if (!areSeedsChosen()) expect(ends.recovered).toBeGreaterThanOrEqual(seeds.length / 4);
      },
      SEEDS_TIMEOUT_MS,
    );

    it(
      'also when our process dies after any deed of it',
      async () => {
        await playOurDeaths(
          `${name}-resumed`,
          seedsOf(`${name}-resumed`, { short: 1, long: 3_000, found: foundResumed }),
          MOST_DEEDS,
          {
            isPair: true,
            isByPlace,
          },
        );
      },
      SEEDS_TIMEOUT_MS,
    );
  },
);
