import { describe, expect, it } from 'vitest';
import { parseKey } from '../model/instance-key.ts';
import { mariadbReplica } from '../model/testing/instances.ts';
import { notWaitingFor } from './not-waiting-for.ts';
import type { Plan, Step } from './plan.ts';
import { moveSteps } from './steps/replica.ts';

const SOURCE = parseKey('p:3306', 3306);
const HOME = parseKey('h:3306', 3306);

/** A MariaDB replica goes from p to h. */
function plan(): Plan {
  const instance = mariadbReplica('r:3306', 'p:3306');
  const steps = moveSteps(
    'move',
    { key: instance.key, name: 'r:3306', instance },
    { key: HOME, name: 'h:3306', positioning: null },
    true,
  );
  return {
    kind: 'plan',
    purpose: '',
    clusterName: '',
    reasons: [],
    stages: [{ name: 'move', lanes: [{ server: instance.key, isRequired: true, steps }] }],
  };
}

const stepsOf = (made: Plan): readonly Step[] =>
  made.stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));
const undoOfChange = (made: Plan): readonly string[] =>
  stepsOf(made)
    .filter(({ action }) => action.kind === 'command' && action.command.kind === 'change-source')
    .flatMap(({ undo }) => undo.map(({ action }) => (action.kind === 'command' ? action.command.kind : action.kind)));

describe('the way back of a MariaDB replica', () => {
  it('waits for the former source as a rule, lest it be refused there', () => {
    expect(undoOfChange(plan())).toEqual(['note', 'wait', 'change-source']);
  });

  it('does not wait for one that is dead: it would be left half way', () => {
    expect(undoOfChange(notWaitingFor(plan(), SOURCE))).toEqual(['change-source']);
  });

  it('waits all the same where another server is dead, and nothing else is changed', () => {
    expect(notWaitingFor(plan(), HOME)).toEqual(plan());
    const others = (made: Plan): unknown => stepsOf(made).map((step) => ({ ...step, undo: step.undo.length > 0 }));
    expect(others(notWaitingFor(plan(), SOURCE))).toEqual(others(plan()));
  });
});
