import { describe, expect, it } from 'vitest';
import { allSteps, edgesOf, planned, portsOf, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

const SHAPE = { 1: 0, 2: 1, 3: 1, 4: 2, 5: 2 };
const PSEUDO = { settings: { knowsPseudoGtid: true } };

describe('move-up', () => {
  it('by GTID where the replica uses it, so that it keeps auto-position', () => {
    const plan = planned('move-up', 4, tree('gtid', SHAPE));
    expect([plan.method, edgesOf(plan), portsOf(plan.locks)]).toEqual(['gtid', '4<1', [4]]);
    expect(storyOf(plan)).toEqual(['move 4: stop-receiver, change-source, start-receiver']);
  });

  it('by coordinates while its source stands still; both are locked', () => {
    const plan = planned('move-up', 4, tree('coordinates', SHAPE));
    expect([plan.method, edgesOf(plan), portsOf(plan.locks)]).toEqual(['move-up', '4<1', [2, 4]]);
    expect(plan.stages.map(({ name }) => name)).toEqual(['rest', 'move', 'resume']);
  });

  it('up from a binlog server with the place it has', () => {
    expect(planned('move-up', 4, tree('coordinates', SHAPE, { 2: { binlogServer: true } })).method).toBe(
      'binlog-server',
    );
  });

  it('a replica by GTID that lacks what was purged above goes by coordinates, and the reason is told', () => {
    const uuid = '00000001-0000-0000-0000-000000000001';
    const plan = planned('move-up', 4, tree('gtid', SHAPE, { 1: { instance: { purgedGtid: `${uuid}:1-5` } } }));
    expect(plan.method).toBe('move-up');
    expect(plan.reasons.join('\n')).toMatch(/not by gtid: .* has purged/);
  });

  it('not without a grandparent', () => {
    expect(rulesOf(refused('move-up', 2, tree('gtid', SHAPE)))).toEqual(['2: source-is-top']);
    expect(rulesOf(refused('move-up', 1, tree('gtid', SHAPE)))).toEqual(['1: not-a-replica']);
  });

  it('a refusal lists every method, and tells the rule of the last', () => {
    const refusal = refused('move-up', 4, tree('coordinates', SHAPE, { 4: { applier: 'stopped' } }));
    expect(rulesOf(refusal)).toEqual(['binlog-server: no-binlog-server', 'gtid: gtid', 'move-up: applier-not-running']);
    expect(refusal.reason).toMatch(/applier of .* is not running/);
  });

  it('a group secondary does not', () => {
    const refusal = refused('move-up', 4, tree('gtid', SHAPE, { 4: { group: { memberRole: 'SECONDARY' } } }));
    expect(rulesOf(refusal)).toContain('gtid: group-secondary');
  });
});

describe('move-below', () => {
  it('by GTID, by coordinates', () => {
    expect(planned('move-below', 4, tree('gtid', SHAPE), { to: 5 }).method).toBe('gtid');
    const plan = planned('move-below', 4, tree('coordinates', SHAPE), { to: 5 });
    expect([plan.method, edgesOf(plan), portsOf(plan.locks)]).toEqual(['move-below', '4<5', [4, 5]]);
  });

  it('a sibling only, also by GTID', () => {
    expect(rulesOf(refused('move-below', 4, tree('gtid', SHAPE), { to: 3 }))).toEqual(['4: not-siblings']);
  });

  it('the replica may have read on below its sibling when that one fails to go on, and is not sent back for it', () => {
    const plan = planned('move-below', 4, tree('coordinates', SHAPE), { to: 5 });
    const last = plan.stages.at(-1)?.lanes.map(({ server, isRequired }) => [server.port, isRequired]);
    expect(last).toEqual([
      [4, true],
      [5, false],
    ]);
  });
});

describe('match-up and rematch', () => {
  it('below the grandparent, below the own source', () => {
    const records = tree('coordinates', SHAPE);
    expect(edgesOf(planned('match-up', 4, records, PSEUDO))).toBe('4<1');
    expect(edgesOf(planned('rematch', 4, records, PSEUDO))).toBe('4<2');
    expect(storyOf(planned('rematch', 4, records, PSEUDO))[0]).toMatch(
      /wait drained, .*correlate, change-source at noted/,
    );
  });

  it('a rematch that fails goes back to the place it came from', () => {
    const plan = planned('rematch', 4, tree('coordinates', SHAPE), PSEUDO);
    const change = allSteps(plan).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.undo).toMatchObject([{ action: { at: expect.stringMatching(/^executed by/) } }]);
  });

  it('not without Pseudo-GTID, a source, a grandparent', () => {
    expect(rulesOf(refused('rematch', 4, tree('coordinates', SHAPE)))).toEqual(['4: no-pseudo-gtid']);
    expect(rulesOf(refused('rematch', 1, tree('coordinates', SHAPE), PSEUDO))).toEqual(['1: not-a-replica']);
    expect(rulesOf(refused('match-up', 2, tree('coordinates', SHAPE), PSEUDO))).toEqual(['2: source-is-top']);
  });
});

describe('take-siblings', () => {
  it('all of them, and not itself', () => {
    const plan = planned('take-siblings', 4, tree('gtid', { ...SHAPE, 6: 2 }));
    expect([edgesOf(plan), plan.subject.port, portsOf(plan.moved)]).toEqual(['5<4 6<4', 4, [5, 6]]);
  });

  it('nothing to do without siblings, and no source no siblings', () => {
    expect(planned('take-siblings', 2, tree('gtid', { 1: 0, 2: 1 })).stages).toEqual([]);
    expect(rulesOf(refused('take-siblings', 1, tree('gtid', SHAPE)))).toEqual(['1: not-a-replica']);
  });
});
