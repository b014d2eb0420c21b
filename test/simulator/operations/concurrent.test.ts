import { describe, expect, it } from 'vitest';
import { areSeedsChosen, playSeeds, SEEDS_TIMEOUT_MS, seedsOf } from '../seeds.ts';
import { playConcurrent } from './concurrent-story.ts';
import { assertInnocentOperation } from './op-story.ts';

const NAME = 'concurrent-operations';
const SEEDS = seedsOf(NAME, { short: 1_000, long: 10_000 });
const MOVES_NAME = 'concurrent-moves';
const MOVES_SEEDS = seedsOf(MOVES_NAME, { short: 500, long: 5_000 });

describe('two operations at the same time', () => {
  it(
    `leave no lock, no ring and no gap behind (${SEEDS.length} seeds)`,
    async () => {
      await playSeeds(NAME, SEEDS, async (seed) => {
        assertInnocentOperation(await playConcurrent(seed));
      });
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    `never make a ring together when both move replicas (${MOVES_SEEDS.length} seeds)`,
    async () => {
      let both = 0;
      await playSeeds(MOVES_NAME, MOVES_SEEDS, async (seed) => {
        const kinds = ['relocate', 'move-gtid', 'move-below', 'relocate-replicas'] as const;
        const story = await playConcurrent(seed, { isCalm: true, kinds });
        assertInnocentOperation(story);
        if (story.ends.every((end) => end === 'done')) both += 1;
      });
      if (!areSeedsChosen()) expect(both).toBeGreaterThan(MOVES_SEEDS.length / 20);
    },
    SEEDS_TIMEOUT_MS,
  );
});
