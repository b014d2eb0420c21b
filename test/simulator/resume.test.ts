import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';
import { assertInnocent, playStory } from './tell-story.ts';

/** `ORCHESTRATOR_LONG=1` kills after every deed of many more failovers. */
const isLong = process.env.ORCHESTRATOR_LONG === '1';
const SEEDS = Array.from({ length: isLong ? 200 : 4 }, (_, index) => index + 1);
const STORMY_SEEDS = Array.from({ length: isLong ? 3_000 : 60 }, (_, index) => index + 1);
const TIMEOUT_MS = isLong ? 3_600_000 : 300_000;

/** Most failovers take fewer deeds than this; a death that never comes is a failover as any other. */
const MOST_DEEDS = 28;

/** Seeds, and the deed after which we died, that found something once. */
const FOUND: readonly (readonly [number, number, boolean])[] = [
  [80, 1, true],
  // Killed between stopping and starting a receiver that was to look again.
  [5188, 1, false],
];

describe('our own death in the middle of a simulated failover', () => {
  it(
    `after any deed: the next process resumes or closes it (${SEEDS.length} seeds, every deed)`,
    async () => {
      let deaths = 0;
      for (const seed of SEEDS) {
        const { deeds } = await playStory(seed, { isCalm: true });
        for (let diesAfterDeeds = 1; diesAfterDeeds <= deeds; diesAfterDeeds += 1) {
          assertInnocent(
            await playStory(seed, { isCalm: true, diesAfterDeeds }),
            `killed after deed ${diesAfterDeeds}, `,
          );
          deaths += 1;
        }
      }
      expect(deaths).toBeGreaterThan(SEEDS.length * 5);
    },
    TIMEOUT_MS,
  );

  it.each(FOUND)('as once it was not (seed %i, killed after deed %i)', async (seed, diesAfterDeeds, isCalm) => {
    assertInnocent(await playStory(seed, { isCalm, diesAfterDeeds }));
  });

  it(
    `while servers fail as well and the old primary comes back (${STORMY_SEEDS.length} seeds)`,
    async () => {
      for (const seed of STORMY_SEEDS) {
        const diesAfterDeeds = createRandom(seed).between(1, MOST_DEEDS);
        assertInnocent(await playStory(seed, { diesAfterDeeds }), `killed after deed ${diesAfterDeeds}, `);
      }
    },
    TIMEOUT_MS,
  );
});
