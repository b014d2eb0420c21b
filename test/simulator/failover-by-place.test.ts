import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';
import { areSeedsChosen, isLong, playSeeds, SEEDS_TIMEOUT_MS, seedsOf } from './seeds.ts';
import { assertInnocent, playStory } from './tell-story.ts';

/** A death that never comes is a failover as any other. */
const MOST_DEEDS = 40;

describe('failovers by file and position in a simulated world, with Pseudo-GTID and without', () => {
  it(
    'keep every rule of data safety',
    async () => {
      const name = 'failover-by-place';
      const seeds = seedsOf(name, { short: 50, long: 4_000 });
      const ends = { recovered: 0, 'not-recovered': 0, 'no-recovery': 0 };
      await playSeeds(name, seeds, async (seed) => {
        const story = await playStory(seed, { isByPlace: true });
        assertInnocent(story);
        ends[story.end] += 1;
      });
      if (!areSeedsChosen()) expect(ends.recovered).toBeGreaterThan(seeds.length / 3);
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    'also when our process dies after any deed of it',
    async () => {
      const name = 'failover-by-place-resumed';
      await playSeeds(name, seedsOf(name, { short: 25, long: 3_000 }), async (seed) => {
        const diesAfterDeeds = createRandom(seed).between(1, MOST_DEEDS);
        const isCalm = !isLong || seed % 2 === 0;
        const story = await playStory(seed, { isByPlace: true, isCalm, diesAfterDeeds });
        assertInnocent(story, `killed after deed ${diesAfterDeeds}, `);
      });
    },
    SEEDS_TIMEOUT_MS,
  );
});
