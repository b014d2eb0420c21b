import type { ServerSpec, SimFlavour } from '../sim-server.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import { createWorldOf, keyOf, type World } from '../world.ts';
import { createMemoryStore } from './memory-store.ts';
import { startOpProcess } from './op-process.ts';
import { pass } from './op-scenario.ts';

export type Spec = Partial<ServerSpec> & { readonly source: number | null };

/** Servers 1, 2, … as the specs say, with some transactions on all of them, and one of our processes that knows them. */
export async function scene(flavour: SimFlavour, specs: readonly Spec[]) {
  const clock = createVirtualClock(1_800_000_000_000);
  const world = createWorldOf(
    clock,
    specs.map((spec, index) => ({
      number: index + 1,
      key: keyOf(index + 1),
      flavour,
      // The same transaction stands elsewhere in every log.
      log: { prefix: 'bin', header: 120 + index, perFile: 4 + index, overhead: 80 + 9 * index },
      ...(spec.source === null ? {} : { sourceKey: keyOf(spec.source) }),
      ...spec,
    })),
  );
  for (const { number } of world.servers.values()) world.zombies.add(number);
  world.stepsPerWrite = 4;
  await pass(world, 100);
  const store = createMemoryStore();
  const start = async (owner: string, diesAfterDeeds: number | null = null, knowsPseudoGtid = false) => {
    const one = startOpProcess(world, store, {
      owner,
      diesAfterDeeds,
      planning: { knowsPseudoGtid },
      fault: () => 'none',
      inspect: async () => undefined,
      isOtherAlive: () => false,
    });
    await until(world, one.discover());
    return one;
  };
  return { world, store, start };
}

export async function until<T>(world: World, work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  work.then(end, end);
  await world.clock.runUntil(() => isOver, 100_000);
  world.advance();
  return work;
}
