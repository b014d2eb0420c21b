import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { areSeedsChosen, playSeeds, SEEDS_TIMEOUT_MS, seedsOf } from '../seeds.ts';
import { playInterrupted, REMEDIES } from './interrupted-story.ts';
import { assertInnocentOperation } from './op-story.ts';
import { isHandedOver, pickTakeover, playTakeovers } from './takeover-story.ts';

const DEATHS = 3;
const NAME = 'takeovers';
const SEEDS = seedsOf(NAME, { short: 500, long: 20_000, found: [10_445] });
const LEFT_NAME = 'interrupted-takeovers';
const LEFT_SEEDS = seedsOf(LEFT_NAME, { short: 60, long: 2_000 });

describe('planned takeovers in a simulated fleet', () => {
  it(
    `hand over with every row, or leave all as it was (${SEEDS.length} seeds)`,
    async () => {
      const ends = { done: 0, refused: 0, failed: 0 };
      await playSeeds(NAME, SEEDS, async (seed) => {
        const story = await playTakeovers(seed);
        assertInnocentOperation(story);
        for (const end of story.ends) ends[end] += 1;
      });
      if (areSeedsChosen()) return;
      expect(ends.done).toBeGreaterThan(SEEDS.length / 4);
      expect(ends.failed).toBeGreaterThan(SEEDS.length / 50);
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    `whose process dies over them are finished or taken back (${LEFT_SEEDS.length} seeds)`,
    async () => {
      let deaths = 0;
      await playSeeds(LEFT_NAME, LEFT_SEEDS, async (seed) => {
        const interruption = {
          remedy: 'undo',
          diesAfterDeeds: null,
          heirDiesAfterDeeds: null,
          pick: pickTakeover,
          isForGood: isHandedOver,
        } as const;
        const { deeds } = await playInterrupted(seed, interruption);
        const random = createRandom(seed * 7919);
        for (let death = 0; death < DEATHS && deeds > 0; death += 1) {
          const remedy = random.pick(REMEDIES);
          const diesAfterDeeds = random.between(1, deeds);
          const heirDiesAfterDeeds = random.chance(0.4) ? random.between(1, 12) : null;
          const story = await playInterrupted(seed, { ...interruption, remedy, diesAfterDeeds, heirDiesAfterDeeds });
          assertInnocentOperation(story, `killed after deed ${diesAfterDeeds}, ${remedy} (${heirDiesAfterDeeds}), `);
          deaths += 1;
        }
      });
      if (!areSeedsChosen()) expect(deaths).toBeGreaterThan(LEFT_SEEDS.length);
    },
    SEEDS_TIMEOUT_MS,
  );
});
