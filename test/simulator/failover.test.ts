import { describe, expect, it } from 'vitest';
import { assertInnocent, playStory } from './tell-story.ts';

/** `ORCHESTRATOR_SEED=17` plays one seed again, `ORCHESTRATOR_LONG=1` plays thousands. */
const chosen = process.env.ORCHESTRATOR_SEED;
const isLong = process.env.ORCHESTRATOR_LONG === '1';
/** Appliers were left stopped by GTID when nobody could be promoted. */
const FOUND = [497, 766, 1138];
const FIRST = Array.from({ length: isLong ? 4_000 : 147 }, (_, index) => index + 1);
const SEEDS = chosen === undefined ? [...FOUND, ...FIRST] : [Number(chosen)];

describe('failovers in a simulated world', () => {
  it(
    `keep every rule of data safety (${SEEDS.length} seeds)`,
    async () => {
      const ends = { recovered: 0, 'not-recovered': 0, 'no-recovery': 0 };
      for (const seed of SEEDS) {
        const story = await playStory(seed);
        assertInnocent(story);
        ends[story.end] += 1;
      }
      // The stories are worth something only while most of them come to a failover.
      if (chosen === undefined) expect(ends.recovered).toBeGreaterThan(SEEDS.length / 2);
    },
    isLong ? 3_600_000 : 300_000,
  );
});
