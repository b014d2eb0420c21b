import { describe, expect, it } from 'vitest';
import type { Said } from '../testing/ask.ts';
import { edgesOf, planned, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

const SHAPE = { 1: 0, 2: 1, 3: 2, 4: 2 };

describe('take-master', () => {
  it('by GTID: the source stands still until the replica has all of it; siblings stay; no lock is taken', () => {
    const plan = planned('take-master', 3, tree('gtid', SHAPE));
    expect([plan.method, edgesOf(plan), plan.locks, plan.subject.port]).toEqual(['gtid', '2<3 3<1', [], 3]);
    expect(storyOf(plan)).toEqual([
      'rest 2: stop-receiver, wait drained, note complete-gtid',
      'level 3: wait has-executed',
      'rise 3: stop-receiver, change-source, start-receiver',
      'sink 2: change-source, start-receiver',
    ]);
  });

  it('MariaDB by GTID', () => {
    expect(storyOf(planned('take-master', 3, tree('mariadb', SHAPE))).at(-1)).toBe(
      'sink 2: stop-receiver, stop-applier, change-source, start-applier, start-receiver',
    );
  });

  it('by coordinates: both at the same place; the source goes below while the replica still rests', () => {
    const plan = planned('take-master', 3, tree('coordinates', SHAPE));
    expect([plan.method, edgesOf(plan)]).toEqual(['coordinates', '2<3 3<1']);
    expect(storyOf(plan)).toEqual([
      'rest 2: stop-receiver, wait drained, stop-applier, note executed, note own',
      'level 3: wait executed-to, stop-receiver, wait drained, stop-applier, note executed, wait executed-exactly, note own',
      'sink 2: change-source at noted, start-applier, start-receiver',
      'rise 3: change-source at noted, start-applier, start-receiver',
    ]);
  });

  it('mixed: who uses GTID and can keeps it', () => {
    const plan = planned('take-master', 3, tree('gtid', SHAPE, { 2: { positioning: 'coordinates' } }));
    expect(storyOf(plan).slice(-2)).toEqual([
      'sink 2: change-source at noted, start-applier, start-receiver',
      'rise 3: change-source, start-applier, start-receiver',
    ]);
    expect(plan.reasons.join('\n')).toMatch(/not by GTID: /);
  });

  it.each<[string, number, Record<number, Said>, string]>([
    ['of a primary', 2, {}, '2: source-is-top'],
    ['of nobody', 1, {}, '1: not-a-replica'],
    ['of one that does not answer', 3, { 2: { valid: false } }, '2: not-valid'],
    ['that could not be followed', 3, { 3: { version: '9.7.4' }, 1: { version: '8.4.6' } }, '2: version'],
    ['that logs nothing', 3, { 3: { logsUpdates: false } }, '2: no-replica-updates'],
    ['of a binlog server', 3, { 2: { binlogServer: true } }, '2: binlog-server'],
    ['as a binlog server, which has no log of its own', 3, { 3: { binlogServer: true } }, '3: binlog-server'],
    ['as a group secondary', 3, { 3: { group: { memberRole: 'SECONDARY' } } }, '3: group-secondary'],
    [
      'with a broken applier',
      3,
      { 2: { replication: { applier: { state: 'stopped', errorNumber: 1, errorText: '' } } } },
      '2: applier-error',
    ],
  ])('not the place %s', (_what, port, said, rule) => {
    expect(rulesOf(refused('take-master', port, tree('gtid', SHAPE, said)))).toEqual([rule]);
  });

  it('not of one of two co-masters', () => {
    expect(rulesOf(refused('take-master', 2, tree('gtid', { 1: 2, 2: 1 })))).toEqual(['2: same-server']);
    const pair = { 1: { coPrimary: true }, 2: { coPrimary: true } };
    expect(rulesOf(refused('take-master', 3, tree('gtid', { 1: 2, 2: 1, 3: 1 }, pair)))).toEqual(['1: co-primary']);
  });

  it('by coordinates not while one of them lags', () => {
    const lagging = { 3: { lag: 60, replication: { secondsBehind: 60 } } };
    expect(rulesOf(refused('take-master', 3, tree('coordinates', SHAPE, lagging)))).toEqual(['3: lag']);
    expect(planned('take-master', 3, tree('gtid', SHAPE, lagging)).method).toBe('gtid');
  });

  it('at the top it names the operation for it', () => {
    expect(refused('take-master', 2, tree('gtid', SHAPE)).reason).toMatch(/graceful-master-takeover/);
  });
});
