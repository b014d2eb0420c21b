import { describe, expect, it } from 'vitest';
import type { Step } from '../../plan/plan.ts';
import { commandStep, lane, noteStep, waitStep } from '../../plan/steps/build.ts';
import { planOf, target } from '../testing/small-plan.ts';
import { isPassed, perhapsDone, remainderOf, revocable } from './remainder.ts';

const close = commandStep('close', target(1), { kind: 'hold-read-lock' }, '');
const kill = commandStep('kill', target(1), { kind: 'kill-client-sessions', isFence: false }, '');
const note = noteStep('close', target(1), 'end', 'own', '');
const wait = waitStep('catch-up', target(2), { kind: 'drained' }, 10, '');
const place = noteStep('promote', target(2), 'begins', 'own', '');
const refresh: Step = {
  ...noteStep('promote', target(1), 'end', 'own', ''),
  unless: { kind: 'read-only', readOnly: true },
};
const open = commandStep('promote', target(2), { kind: 'stop-applier' }, '', { isPointOfNoReturn: true });
const beside = noteStep('beside', target(2), 'beside', 'own', '');
const follow = commandStep('follow', target(1), { kind: 'start-receiver' }, '');
const look = commandStep('look', target(1), { kind: 'flush-binary-logs' }, '');

const PLAN = planOf(
  { name: 'look', lanes: [lane(target(1), [look])] },
  { name: 'close', isRenewed: true, lanes: [lane(target(1), [close, note]), lane(target(1), [kill])] },
  { name: 'catch-up', lanes: [lane(target(2), [wait])] },
  { name: 'promote', lanes: [lane(target(2), [place, refresh, open]), lane(target(2), [beside], false)] },
  { name: 'follow', lanes: [lane(target(1), [follow], false)] },
);

const left = (...earlier: readonly Step[]): readonly Step[] =>
  remainderOf(PLAN, earlier).flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));

describe('what is left of a plan with a stage that must hold until a point of no return', () => {
  it('before that stage: as of any', () => {
    expect(left(look)).toEqual([look, close, note, kill, wait, place, refresh, open, beside, follow]);
  });

  it('from that stage on: that stage whole, and all that follows', () => {
    const whole = [close, note, kill, wait, place, refresh, open, beside, follow];
    expect(left(look, close)).toEqual(whole);
    expect(left(look, close, kill, note, wait)).toEqual(whole);
    expect(left(look, close, kill, note, wait, beside, place, refresh)).toEqual(whole);
  });

  it('nothing is noted once more where the point of no return may have been passed, unless it is stale', () => {
    const rest = [close, kill, wait, refresh, open, follow];
    expect(left(look, close, kill, note, wait, place, refresh, open)).toEqual(rest);
    // What ran side by side with it does not say that it was passed.
    expect(left(look, close, kill, note, wait, place, refresh, open, beside)).toEqual(rest);
  });

  it('once it was surely passed, nothing before it', () => {
    expect(left(look, close, kill, note, wait, place, refresh, open, follow)).toEqual([follow]);
  });

  it('what is renewed is done even where it seems to hold', () => {
    expect([...perhapsDone(PLAN, [look, close, note, wait])]).toEqual([look, wait]);
  });
});

it('a step side by side with a point of no return leaves it in doubt: everything may be taken back', () => {
  expect(revocable(PLAN, [close, open, beside])).toEqual([close, open, beside]);
  expect([isPassed(PLAN, [close, open, beside]), isPassed(PLAN, [close]), isPassed(PLAN, [open, follow])]).toEqual([
    false,
    false,
    true,
  ]);
  expect(revocable(PLAN, [close, open, beside, follow])).toEqual([follow]);
});
