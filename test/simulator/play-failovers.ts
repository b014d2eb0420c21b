import { createRandom } from './random.ts';
import type { ScenarioOptions } from './scenario.ts';
import { isLong, playSeeds } from './seeds.ts';
import { assertInnocent, playStory, type Story } from './tell-story.ts';

/** Plays a failover for each seed, every one of which must keep the rules of data safety. @returns how many ended how. */
export async function playFailovers(
  name: string,
  seeds: readonly number[],
  options: ScenarioOptions,
): Promise<Readonly<Record<Story['end'], number>>> {
  const ends = { recovered: 0, 'not-recovered': 0, 'no-recovery': 0 };
  await playSeeds(name, seeds, async (seed) => {
    const story = await playStory(seed, options);
    assertInnocent(story);
    ends[story.end] += 1;
  });
  return ends;
}

/** The same with our own death after some deed, up to `mostDeeds`: one that never comes is a failover as any other. */
export const playOurDeaths = (
  name: string,
  seeds: readonly number[],
  mostDeeds: number,
  options: ScenarioOptions,
): Promise<void> =>
  playSeeds(name, seeds, async (seed) => {
    const diesAfterDeeds = createRandom(seed).between(1, mostDeeds);
    const isCalm = !isLong || seed % 2 === 0;
    const story = await playStory(seed, { ...options, isCalm, diesAfterDeeds });
    assertInnocent(story, `killed after deed ${diesAfterDeeds}, `);
  });
