import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { areSeedsChosen, isLong, playSeeds, SEEDS_TIMEOUT_MS, seedsOf } from '../seeds.ts';
import { type Interruption, playInterrupted, REMEDIES } from './interrupted-story.ts';
import { assertInnocentOperation } from './op-story.ts';

const NAME = 'interrupted-operations';
const SEEDS = seedsOf(NAME, { short: 350, long: 4_000, found: [457, 839, 1888, 4316] });
const EVERY_NAME = 'operations-interrupted-everywhere';
const EVERY_SEEDS = seedsOf(EVERY_NAME, { short: 6, long: 150 });
/** Random places of death per seed. */
const DEATHS = 3;
const UNDISTURBED: Interruption = { remedy: 'undo', diesAfterDeeds: null, heirDiesAfterDeeds: null };

async function play(seed: number, interruption: Interruption) {
  const story = await playInterrupted(seed, interruption);
  const { diesAfterDeeds, heirDiesAfterDeeds, remedy } = interruption;
  const how = diesAfterDeeds === null ? '' : `killed after deed ${diesAfterDeeds}, ${remedy}`;
  assertInnocentOperation(
    story,
    `${how}${heirDiesAfterDeeds === null ? '' : ` (killed after ${heirDiesAfterDeeds})`}, `,
  );
  return story;
}

describe('our own death in the middle of an operation', () => {
  it(
    `is reported, and can be undone or finished, also when that dies too (${SEEDS.length} seeds)`,
    async () => {
      const kinds = new Set<string>();
      await playSeeds(NAME, SEEDS, async (seed) => {
        const { deeds, kind } = await play(seed, UNDISTURBED);
        if (kind !== null) kinds.add(kind);
        const random = createRandom(seed * 7919);
        for (let death = 0; death < DEATHS && deeds > 0; death += 1)
          await play(seed, {
            remedy: random.pick(REMEDIES),
            diesAfterDeeds: random.between(1, deeds),
            heirDiesAfterDeeds: random.chance(0.4) ? random.between(1, 12) : null,
          });
      });
      if (!areSeedsChosen()) expect(kinds.size).toBeGreaterThan(15);
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    `after any deed, with every remedy (${EVERY_SEEDS.length} seeds, every deed)`,
    async () => {
      let deaths = 0;
      await playSeeds(EVERY_NAME, EVERY_SEEDS, async (seed) => {
        const kinds = isLong ? undefined : (['relocate', 'move-up', 'move-below', 'take-master'] as const);
        const { deeds } = await play(seed, { ...UNDISTURBED, ...(kinds === undefined ? {} : { kinds }) });
        for (let diesAfterDeeds = 1; diesAfterDeeds <= deeds; diesAfterDeeds += 1) {
          for (const remedy of REMEDIES)
            await play(seed, {
              remedy,
              diesAfterDeeds,
              heirDiesAfterDeeds: null,
              ...(kinds === undefined ? {} : { kinds }),
            });
          deaths += 1;
        }
      });
      if (!areSeedsChosen()) expect(deaths).toBeGreaterThan(EVERY_SEEDS.length * 5);
    },
    SEEDS_TIMEOUT_MS,
  );
});
