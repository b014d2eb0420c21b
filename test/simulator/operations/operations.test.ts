import { describe, expect, it } from 'vitest';
import { areSeedsChosen, playSeeds, SEEDS_TIMEOUT_MS, seedsOf } from '../seeds.ts';
import { assertInnocentOperation, playOperations } from './op-story.ts';

const NAME = 'operations';
const SEEDS = seedsOf(NAME, { short: 2_000, long: 30_000, found: [8722, 16_156, 26_281] });

describe('rearranging a simulated fleet', () => {
  it(
    `reaches its target or takes everything back; nothing is lost, skipped, or sent in vain (${SEEDS.length} seeds)`,
    async () => {
      const ends = { done: 0, refused: 0, failed: 0 };
      await playSeeds(NAME, SEEDS, async (seed) => {
        const story = await playOperations(seed);
        assertInnocentOperation(story);
        for (const end of story.ends) ends[end] += 1;
      });
      if (areSeedsChosen()) return;
      // The stories are worth something only while most worlds are rearranged, and some attempts fail in the middle.
      expect(ends.done).toBeGreaterThan(SEEDS.length / 2);
      expect(ends.failed).toBeGreaterThan(SEEDS.length / 50);
      expect(ends.refused).toBeGreaterThan(SEEDS.length / 2);
    },
    SEEDS_TIMEOUT_MS,
  );
});
