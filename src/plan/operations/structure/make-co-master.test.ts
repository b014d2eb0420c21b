import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../../model/testing/instances.ts';
import type { Said } from '../testing/ask.ts';
import { allSteps, edgesOf, KNOWN, planned, portsOf, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

const SHAPE = { 1: 0, 2: 1, 3: 1 };

describe('make-co-master', () => {
  it('by Oracle GTID the source alone is told, with the account and the connection profile of the replica', () => {
    const plan = planned('make-co-master', 2, tree('gtid', SHAPE), KNOWN);
    expect([plan.method, edgesOf(plan), portsOf(plan.locks)]).toEqual(['gtid', '1<2', [1, 2]]);
    expect(storyOf(plan)).toEqual(['follow 1: change-source, start-applier, start-receiver']);
    expect(plan.effects.filter(({ kind }) => kind === 'read-only')).toEqual([]);
    const [change] = allSteps(plan);
    expect(change?.action).toMatchObject({
      command: {
        positioning: 'oracle-auto',
        credentials: { user: 'repl' },
        profile: { user: 'repl', tlsAllowed: true },
      },
    });
    expect(change?.undo).toMatchObject([{ action: { command: { kind: 'forget-source' } } }]);
  });

  it.each(['coordinates', 'mariadb', '5.6-coordinates'] as const)(
    '%s: at the end of the log of a replica that has it all',
    (kind) => {
      const plan = planned('make-co-master', 2, tree(kind, SHAPE), KNOWN);
      expect(storyOf(plan)).toEqual([
        'look 1: note own',
        'level 2: wait executed-to, note own',
        'follow 1: change-source at noted, start-applier, start-receiver',
      ]);
      expect(allSteps(plan).find(({ action }) => action.kind === 'command')?.action).toMatchObject({
        command: { positioning: 'coordinates' },
      });
    },
  );

  it('with the account that the source has stored', () => {
    const pair = tree('gtid', { 1: 3, 2: 1, 3: 1 }, { 1: { coPrimary: true }, 3: { coPrimary: true, readOnly: true } });
    const [rest] = storyOf(planned('make-co-master', 2, pair));
    expect(rest).toBe('rest 1: stop-receiver, wait drained, stop-applier, note executed');
  });

  it('one co-master for another by coordinates: no places are remembered as equal', () => {
    const said = { 1: { coPrimary: true, readOnly: false }, 3: { coPrimary: true, readOnly: true } };
    const plan = planned('make-co-master', 2, tree('coordinates', { 1: 3, 2: 1, 3: 1 }, said));
    const change = allSteps(plan).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.undo.map(({ action }) => action.kind)).toEqual(['wait', 'command']);
  });

  it('errant transactions of the replica are told', () => {
    const errant = `${uuidOf(2)}:1-3`;
    const plan = planned('make-co-master', 2, tree('gtid', SHAPE, { 2: { errant } }), KNOWN);
    expect(plan.reasons.join('\n')).toContain(errant);
  });

  it.each<[string, number, Record<number, number>, Record<number, Said>, string]>([
    ['a primary', 1, SHAPE, {}, '1: not-a-replica'],
    ['an open replica', 2, SHAPE, { 2: { readOnly: false } }, '2: not-read-only'],
    ['one that is one', 2, { 1: 2, 2: 1 }, {}, '2: already-co-master'],
    ['a replica of a replica', 2, { 1: 3, 2: 1, 3: 0 }, {}, '1: source-is-replica'],
    ['a third beside an open pair', 2, { 1: 3, 2: 1, 3: 1 }, { 3: { readOnly: false } }, '1: co-master-open'],
    ['a lagging one', 2, SHAPE, { 2: { lag: 60, replication: { secondsBehind: 60 } } }, '2: lag'],
    ['a source that does not answer', 2, SHAPE, { 1: { valid: false } }, '1: not-valid'],
    ['a newer version', 2, SHAPE, { 2: { version: '9.7.4' } }, '1: version'],
    ['a group secondary', 2, SHAPE, { 2: { group: { memberRole: 'SECONDARY' } } }, '2: group-secondary'],
    [
      'one that has purged what the source lacks',
      2,
      SHAPE,
      { 2: { instance: { purgedGtid: `${uuidOf(2)}:1` } } },
      '1: gtid-purged',
    ],
  ])('refused: %s', (_what, port, shape, said, rule) => {
    expect(rulesOf(refused('make-co-master', port, tree('gtid', shape, said), KNOWN))).toEqual([rule]);
  });

  it('beside a pair whose other half is dead or unknown', () => {
    const shape = { 1: 3, 2: 1, 3: 1 };
    expect(edgesOf(planned('make-co-master', 2, tree('gtid', shape, { 3: { valid: false, readOnly: false } })))).toBe(
      '1<2',
    );
    expect(edgesOf(planned('make-co-master', 2, tree('gtid', { 1: 9, 2: 1 }, { 1: { coPrimary: true } })))).toBe('1<2');
  });

  it('without an account: the three ways to give one', () => {
    const refusal = refused('make-co-master', 2, tree('gtid', SHAPE));
    expect(rulesOf(refusal)).toEqual(['1: no-credentials']);
    expect(refusal.reason).toMatch(/ReplicationCredentialsQuery.*mysql.slave_master_info.*MySQLReplicationUser/);
  });
});
