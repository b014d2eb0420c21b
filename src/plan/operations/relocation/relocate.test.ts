import { describe, expect, it } from 'vitest';
import type { Asked, Kind, Said } from '../testing/ask.ts';
import { edgesOf, nameOf, planned, portsOf, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

//        1
//    2       3
//   4 5
const SHAPE = { 1: 0, 2: 1, 3: 1, 4: 2, 5: 2 };
const methodOf = (kind: Kind, port: number, to: number, said: Record<number, Said> = {}, asked: Asked = {}) =>
  planned('relocate', port, tree(kind, SHAPE, said), { to, ...asked }).method;

const EQUIVALENT = { equivalent: { kind: 'binlog', file: 'bin.000007', position: 4 } } as const;
const PSEUDO = { settings: { knowsPseudoGtid: true } };
const both = (a: number, b: number, said: Said): Record<number, Said> => ({ [a]: said, [b]: said });

describe('relocate takes the first way that is possible', () => {
  it.each<[string, string, () => string | null]>([
    ['where it is already', 'repoint', () => methodOf('gtid', 4, 2)],
    ['… by coordinates too', 'repoint', () => methodOf('coordinates', 4, 2)],
    ['a known equal place, before GTID', 'equivalence', () => methodOf('gtid', 4, 1, {}, { evidence: EQUIVALENT })],
    ['up from a binlog server', 'binlog-server', () => methodOf('coordinates', 4, 1, { 2: { binlogServer: true } })],
    [
      'to a binlog server beside it',
      'binlog-server',
      () => methodOf('coordinates', 3, 2, { 2: { binlogServer: true } }),
    ],
    ['by GTID anywhere', 'gtid', () => methodOf('gtid', 4, 3)],
    ['by MariaDB GTID', 'gtid', () => methodOf('mariadb', 4, 3)],
    [
      'by Pseudo-GTID where both have it',
      'pseudo-gtid',
      () => methodOf('coordinates', 4, 3, both(4, 3, { pseudoGtid: true }), PSEUDO),
    ],
    ['by coordinates below a sibling', 'move-below', () => methodOf('coordinates', 4, 5)],
    ['by coordinates one level up', 'move-up', () => methodOf('coordinates', 4, 1)],
  ])('%s: %s', (_what, method, choose) => {
    expect(choose()).toBe(method);
  });

  it('not by Pseudo-GTID where one has no entries', () => {
    expect(methodOf('coordinates', 4, 5, { 4: { pseudoGtid: true } }, PSEUDO)).toBe('move-below');
  });

  it('by GTID a replica that cannot is moved by coordinates, and the reason is told', () => {
    const plan = planned('relocate', 4, tree('gtid', SHAPE, { 4: { positioning: 'coordinates' } }), { to: 1 });
    expect(plan.method).toBe('move-up');
    expect(plan.reasons.join('\n')).toMatch(/not by gtid: Instances .* not GTID compatible or not using GTID/);
  });

  it('methods that were tried before are left out', () => {
    const plan = planned('relocate', 4, tree('gtid', SHAPE), { to: 1, request: { without: ['gtid'] } });
    expect(plan.method).toBe('move-up');
  });

  it('a refusal names every method with the rule that refused it', () => {
    const refusal = refused('relocate', 4, tree('coordinates', SHAPE), { to: 3 });
    expect(refusal.reason).toBe(
      `Relocating ${nameOf(4)} below ${nameOf(3)} turns to be too complex; please do it manually`,
    );
    expect(rulesOf(refusal)).toEqual([
      'repoint: not-below',
      'equivalence: no-equivalence',
      'binlog-server: no-binlog-server',
      'gtid: gtid',
      'pseudo-gtid: no-pseudo-gtid',
      'move-below: not-siblings',
      'move-up: not-grandparent',
    ]);
  });

  it('not below a sibling that is an open co-primary', () => {
    const refusal = refused(
      'relocate',
      3,
      tree(
        'coordinates',
        { 1: 2, 2: 1, 3: 1 },
        { 1: { coPrimary: true, readOnly: false }, 2: { coPrimary: true, readOnly: false } },
      ),
      { to: 2 },
    );
    expect(rulesOf(refusal).slice(-2)).toEqual(['move-below: co-primary', 'move-up: co-primary']);
    const closed = tree('coordinates', { 1: 2, 2: 1, 3: 1 }, { 2: { coPrimary: true, readOnly: true } });
    expect(planned('relocate', 3, closed, { to: 2 }).method).toBe('move-below');
  });
});

describe('relocate refuses nonsense with one rule', () => {
  it.each<[string, number, number, Record<number, Said>, string]>([
    ['below itself', 4, 4, {}, 'same-server'],
    ['below its own replica', 2, 4, {}, 'descendant'],
    ['a server that does not replicate', 1, 3, { 1: {} }, 'descendant'],
    ['an unknown server', 9, 1, {}, 'unknown-server'],
    ['an unknown destination', 4, 9, {}, 'unknown-server'],
    ['a destination that was never read', 4, 3, { 3: { neverRead: true } }, 'never-read'],
    ['a group secondary', 4, 1, { 4: { group: { memberRole: 'SECONDARY' } } }, 'group-secondary'],
    ['a group primary below its own group', 4, 3, { 4: { group: {} }, 3: { group: {} } }, 'same-group'],
    ['a version that cannot follow', 4, 1, { 4: { version: '8.0.40' } }, 'version'],
  ])('%s', (_what, port, to, said, rule) => {
    expect(refused('relocate', port, tree('gtid', SHAPE, said), { to }).objections.map((one) => one.rule)).toEqual([
      rule,
    ]);
  });

  it('a server without source, below one that is not its replica', () => {
    const records = tree('gtid', { ...SHAPE, 6: 0 });
    expect(refused('relocate', 6, records, { to: 1 }).objections[0]?.rule).toBe('not-a-replica');
  });

  it('no destination', () => {
    expect(refused('relocate', 4, tree('gtid', SHAPE)).objections[0]?.rule).toBe('no-destination');
  });
});

describe('relocate-replicas', () => {
  it('each goes in its own way, side by side, and none fails the others', () => {
    const records = tree('gtid', SHAPE, {
      5: { positioning: 'coordinates', pseudoGtid: true },
      3: { pseudoGtid: true },
    });
    const plan = planned('relocate-replicas', 2, records, { to: 3, ...PSEUDO });
    expect(plan.method).toBe('gtid, pseudo-gtid');
    expect(edgesOf(plan)).toBe('4<3 5<3');
    expect(plan.stages).toHaveLength(1);
    expect(plan.stages[0]?.lanes.map(({ isRequired }) => isRequired)).toEqual([false, false]);
    expect(portsOf(plan.locks)).toEqual([4, 5]);
    expect(plan.subject.port).toBe(3);
  });

  it('those that cannot are told, the others go', () => {
    const plan = planned('relocate-replicas', 2, tree('gtid', SHAPE, { 5: { positioning: 'coordinates' } }), { to: 3 });
    expect(edgesOf(plan)).toBe('4<3');
    expect(plan.reasons.join('\n')).toMatch(new RegExp(`left where it is: Instances ${nameOf(5)}`));
    expect(plan.left).toEqual([
      { server: expect.objectContaining({ port: 5 }), reason: expect.stringContaining(`Instances ${nameOf(5)}`) },
    ]);
  });

  it('by coordinates all one level up together', () => {
    const plan = planned('relocate-replicas', 2, tree('coordinates', SHAPE), { to: 1 });
    expect(plan.method).toBe('move-up');
    expect(edgesOf(plan)).toBe('4<1 5<1');
    expect(portsOf(plan.locks)).toEqual([2, 4, 5]);
  });

  it('a refusal tells for every replica every method tried', () => {
    const refusal = refused('relocate-replicas', 2, tree('coordinates', SHAPE), { to: 3 });
    expect(rulesOf(refusal)).toHaveLength(14);
    expect(rulesOf(refusal)).toContain('5 by gtid: gtid');
    expect(refusal.reason).toMatch(/^Relocating 2 replicas of .* please do it manually. Additional Errors: /);
  });

  it('only those that match the pattern', () => {
    expect(edgesOf(planned('relocate-replicas', 2, tree('gtid', SHAPE), { to: 3, request: { pattern: ':5$' } }))).toBe(
      '5<3',
    );
    expect(
      refused('relocate-replicas', 2, tree('gtid', SHAPE), { to: 3, request: { pattern: '(' } }).objections[0]?.rule,
    ).toBe('pattern');
  });

  it('the destination itself is not moved', () => {
    expect(edgesOf(planned('relocate-replicas', 1, tree('gtid', SHAPE), { to: 3 }))).toBe('2<3');
  });

  it('nothing where there are none', () => {
    expect(planned('relocate-replicas', 3, tree('gtid', SHAPE), { to: 1 }).stages).toEqual([]);
  });
});

describe('the steps of a move by GTID', () => {
  it('MySQL: the receiver alone', () => {
    expect(storyOf(planned('move-gtid', 4, tree('gtid', SHAPE), { to: 3 }))).toEqual([
      'move 4: stop-receiver, change-source, start-receiver',
    ]);
  });

  it('5.6: everything received is executed first', () => {
    expect(storyOf(planned('move-gtid', 4, tree('5.6', SHAPE), { to: 3 }))).toEqual([
      'move 4: stop-receiver, wait drained, stop-applier, change-source, start-applier, start-receiver',
    ]);
  });

  it('MariaDB: the destination has it all before, since it refuses a replica that is ahead of it (1236)', () => {
    expect(storyOf(planned('move-gtid', 4, tree('mariadb', SHAPE), { to: 3 }))).toEqual([
      'move 4: stop-receiver, wait drained, note complete-gtid',
      'move 3: wait has-executed',
      'move 4: stop-applier, change-source, start-applier, start-receiver',
    ]);
    const change = planned('move-gtid', 4, tree('mariadb', SHAPE), { to: 3 })
      .stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps))
      .find(({ action }) => action.kind === 'command' && action.command.kind === 'change-source');
    // And so does the source it goes back to.
    expect(change?.undo.map(({ server, action }) => `${server.port} ${action.kind}`)).toEqual([
      '4 note',
      '2 wait',
      '4 command',
    ]);
    expect(storyOf(planned('repoint', 4, tree('mariadb', SHAPE)))).toEqual([
      'move 4: stop-receiver, wait drained, stop-applier, change-source, start-applier, start-receiver',
    ]);
  });
});
