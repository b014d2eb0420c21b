import { expect, it } from 'vitest';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorld } from './world.ts';
import { openSimStore, startSimProcess } from './sim-process.ts';

it('smoke', async () => {
  const t0 = performance.now();
  const clock = createVirtualClock(Date.now());
  const world = createWorld(clock, 'mysql-9.7', 3);
  const store = await openSimStore();
  console.log('store', performance.now() - t0);
  const process = await startSimProcess(world, store, { owner: 'sim:1', diesAfterDeeds: null, fault: () => 'none', inspect: async () => undefined });
  await clock.runUntil(() => process.orchestrator.fleet().records.filter((r) => r.instance).length === 4, 5000);
  await clock.runUntil(() => false, 500);
  console.log('discovered', performance.now() - t0, clock.monotonicMs());
  world.crash(1);
  await clock.runUntil(() => process.ended.length > 0, 10000);
  console.log('ended', performance.now() - t0, clock.monotonicMs());
  console.log(world.story.join('\n'), world.violations);
  expect(process.ended).toEqual(['succeeded']);
});
