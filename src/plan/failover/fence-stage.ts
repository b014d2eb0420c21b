import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Stage } from '../plan.ts';
import { commandStep, lane } from '../steps/build.ts';
import { hasSuperReadOnly } from '../steps/flavour.ts';

/**
 * What is shown of the fence of a primary that is alive and is to be replaced all the same (design §4). For the dry run: the fence
 * itself decides step by step (engine/fence).
 */
export function fenceStage(primary: Instance): Stage[] {
  const name = formatKey(primary.key);
  const withSuper = hasSuperReadOnly(primary);
  const steps = [
    commandStep(
      'fence',
      primary,
      { kind: 'kill-client-sessions', isFence: true },
      `no client of ${name} is told OK any more`,
    ),
    commandStep(
      'fence',
      primary,
      { kind: 'set-read-only', readOnly: true, withSuper },
      `${name} is alive and takes no more writes`,
      {
        ensures: { kind: 'read-only', readOnly: true },
      },
    ),
  ];
  return [{ name: 'fence', lanes: [lane(primary, steps)] }];
}
