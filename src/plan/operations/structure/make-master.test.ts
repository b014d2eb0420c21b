import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../../model/testing/instances.ts';
import type { Said } from '../testing/ask.ts';
import { allSteps, edgesOf, planned, portsOf, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

const U = uuidOf(1);
const PSEUDO = { settings: { knowsPseudoGtid: true } };
const SHAPE = { 1: 0, 2: 1, 3: 1, 4: 1 };
const at = (count: number, more: Said = {}): Said => ({
  receiver: 'other',
  executedGtid: `${U}:1-${count}`,
  replication: { receivedGtid: `${U}:1-${count}` },
  ...more,
});
const DEAD = { 1: { valid: false } };

describe('make-master', () => {
  it('executes everything, gathers its siblings, opens for writes', () => {
    const plan = planned('make-master', 2, tree('gtid', SHAPE, DEAD));
    expect(plan.stages.map(({ name }) => name)).toEqual(['drain', 'gather', 'promote']);
    expect([edgesOf(plan), plan.subject.port, portsOf(plan.locks)]).toEqual(['3<2 4<2', 2, [2, 3, 4]]);
    expect(plan.effects).toContainEqual({ kind: 'read-only', server: plan.subject, readOnly: false });
    const open = allSteps(plan).at(-1);
    expect(open?.requires).toEqual({ kind: 'drained' });
    expect(open?.undo).toMatchObject([
      { action: { command: { kind: 'set-read-only', readOnly: true, withSuper: true } } },
    ]);
  });

  it('its siblings follow by coordinates where they received as much', () => {
    const said = { 2: { receiver: 'other' }, 3: { receiver: 'other' }, 4: { receiver: 'other' } } as const;
    expect(planned('make-master', 2, tree('coordinates', SHAPE, { ...DEAD, ...said })).method).toBe('equivalence');
  });

  it.each<[string, number, Record<number, Said>, string]>([
    ['while its source lives', 2, {}, '2: source-alive'],
    ['without a source', 1, DEAD, '1: not-a-replica'],
    ['while a sibling has more', 2, { ...DEAD, 2: at(5), 3: at(6), 4: at(5) }, '3: ahead'],
    [
      'with a broken applier',
      2,
      { ...DEAD, 2: { replication: { applier: { state: 'stopped', errorNumber: 1062, errorText: '' } } } },
      '2: applier-error',
    ],
    ['that does not answer', 2, { ...DEAD, 2: { valid: false } }, '2: not-valid'],
    ['that logs nothing', 2, { ...DEAD, 2: { logsUpdates: false } }, '2: no-replica-updates'],
    ['of a group that has a primary', 2, { ...DEAD, 2: { group: { memberRole: 'SECONDARY' } } }, '2: group-secondary'],
  ])('not %s', (_what, port, said, rule) => {
    expect(rulesOf(refused('make-master', port, tree('gtid', SHAPE, said)))).toEqual([rule]);
  });

  it('tells what to use instead', () => {
    expect(refused('make-master', 2, tree('gtid', SHAPE)).reason).toMatch(/graceful-master-takeover/);
    expect(refused('make-master', 3, tree('gtid', { 1: 0, 2: 1, 3: 2 })).reason).toMatch(/make-local-master/);
  });
});

describe('make-local-master', () => {
  const DEEP = { 1: 0, 2: 1, 3: 2, 4: 2, 5: 2 };

  it('siblings stand still, it moves up, they follow it', () => {
    const plan = planned('make-local-master', 3, tree('gtid', DEEP));
    expect([plan.method, edgesOf(plan), portsOf(plan.locks)]).toEqual(['gtid', '3<1 4<3 5<3', [3, 4, 5]]);
    expect(storyOf(plan)).toEqual([
      'level? 4: stop-receiver, note complete-gtid',
      'level? 3: wait has-executed',
      'level? 5: stop-receiver, note complete-gtid',
      'level? 3: wait has-executed',
      'move 3: stop-receiver, change-source, start-receiver',
      'gather? 4: change-source, start-receiver',
      'gather? 5: change-source, start-receiver',
    ]);
  });

  it('with a dead source too', () => {
    const said = { 2: { valid: false }, 3: at(5), 4: at(5), 5: at(4) };
    expect(edgesOf(planned('make-local-master', 3, tree('gtid', DEEP, said)))).toBe('3<1 4<3 5<3');
    expect(rulesOf(refused('make-local-master', 5, tree('gtid', DEEP, said)))).toEqual(['3: ahead']);
  });

  it('by Pseudo-GTID', () => {
    const plan = planned('make-local-master', 3, tree('coordinates', DEEP), PSEUDO);
    expect([plan.method, edgesOf(plan)]).toEqual(['pseudo-gtid', '3<1 4<3 5<3']);
    expect(storyOf(plan).slice(0, 2)).toEqual([
      'level? 4: stop-receiver, wait drained, stop-applier, note executed',
      'level? 3: wait executed-to',
    ]);
  });

  it('not without a grandparent that answers', () => {
    expect(rulesOf(refused('make-local-master', 2, tree('gtid', DEEP)))).toEqual(['2: source-is-top']);
    expect(rulesOf(refused('make-local-master', 3, tree('gtid', DEEP, { 1: { valid: false } })))).toEqual([
      '1: not-valid',
    ]);
  });

  it('no way up: both are told', () => {
    const refusal = refused('make-local-master', 3, tree('coordinates', DEEP));
    expect(rulesOf(refusal)).toEqual(['gtid: gtid', 'pseudo-gtid: no-pseudo-gtid']);
  });
});
