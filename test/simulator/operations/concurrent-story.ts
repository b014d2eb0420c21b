import type { OperationOutcome } from '../../../src/engine/operations/outcome.ts';
import type { OperationKind } from '../../../src/plan/operations/request.ts';
import type { World } from '../world.ts';
import { accuse, judgeRings } from './op-judge.ts';
import { describeFleet, type OpScenario, pass } from './op-scenario.ts';
import { allow, ask, judgeEnd, setStage, tellOutcome, tellRequest } from './op-story.ts';
import { pickRequest } from './pick-request.ts';

export interface ConcurrentStory {
  readonly scenario: OpScenario;
  readonly world: World;
  readonly ends: readonly OperationOutcome['kind'][];
}

/** Two people (of one process, or of two) ask for something at the same time, or nearly so. */
export async function playConcurrent(
  seed: number,
  options: { readonly isCalm?: boolean; readonly kinds?: readonly OperationKind[] } = {},
): Promise<ConcurrentStory> {
  const stage = await setStage(seed, options);
  const { scenario, world, store } = stage;
  const { random } = scenario;
  world.tell(describeFleet(scenario));
  const one = await stage.start('sim:1', null);
  const other = random.chance(0.5) ? one : await stage.start('sim:2', null);
  const requests = [pickRequest(world, random, options.kinds), pickRequest(world, random, options.kinds)];
  for (const request of requests) {
    allow(stage, request);
    tellRequest(world, request);
  }
  const delayMs = random.pick([0, 0, 1, 3, 10]);
  const works = requests.map(async (request, index) => {
    const process = index === 0 ? one : other;
    if (index > 0) await world.clock.sleep(delayMs);
    const outcome = await process.operations.run(request, `tester ${index}`);
    tellOutcome(world, outcome);
    judgeRings(world, stage.pairs);
    return outcome;
  });
  const ends = (await ask(stage, one, Promise.all(works)))?.map(({ kind }) => kind) ?? [];
  judgeRings(world, stage.pairs);
  if (store.locks().length > 0) accuse(world, `locks are left: ${store.locks().map(({ reason }) => reason)}`);
  if ((await store.operations.readOpen()).length > 0) accuse(world, 'an operation is left open');
  await pass(world, 20);
  await judgeEnd(stage);
  one.kill();
  other.kill();
  return { scenario, world, ends };
}
