import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import type { Noted, Plan } from '../../plan/plan.ts';
import { commandStep, lane } from '../../plan/steps/build.ts';
import { readJournal, writeJournal } from './journal.ts';

const target = (name: string) => ({ key: parseKey(`${name}:3306`, 3306) });
const start = (stage: string, name: string) => commandStep(stage, target(name), { kind: 'start-receiver' }, 'go');
// Two steps that look alike are told apart by their place.
const [ONE, TWO, THREE] = [start('move', 'a'), start('move', 'a'), start('move', 'b')];
const PLAN: Plan = {
  kind: 'plan',
  purpose: 'move',
  clusterName: 'c',
  reasons: [],
  stages: [
    { name: 'one', lanes: [lane(target('a'), [ONE, TWO])] },
    { name: 'two', lanes: [lane(target('b'), [THREE])] },
  ],
};

it('gives the begun steps of the stored plan back, in their order, with the notes', () => {
  const notes = new Map<string, Noted>([
    ['place', { kind: 'binlog', file: 'bin.000002', position: 4 }],
    ['set', { kind: 'gtid', gtid: '0-1-2' }],
  ]);
  const stored = JSON.parse(JSON.stringify(PLAN)) as Plan;
  const journal = readJournal(stored, writeJournal(PLAN, [TWO, THREE], notes));
  expect(journal.notes).toEqual(notes);
  expect(journal.begun).toEqual([TWO, THREE]);
  expect(journal.begun[0]).toBe(stored.stages[0]?.lanes[0]?.steps[1]);
});

it('knows of nothing before anything was begun', () => {
  expect(readJournal(PLAN, writeJournal(PLAN, [], new Map()))).toEqual({ begun: [], notes: new Map() });
});
