import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../../model/testing/instances.ts';
import type { Said } from '../testing/ask.ts';
import { edgesOf, planned, portsOf, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

const SHAPE = { 1: 0, 2: 1, 3: 1, 4: 1 };
const U = uuidOf(1);
const PSEUDO = { settings: { knowsPseudoGtid: true } };
/** A replica of a dead source, which has received so many of its transactions. */
const left = (count: number, more: Said = {}): Said => ({
  receiver: 'other',
  executedGtid: `${U}:1-${count}`,
  ...more,
  replication: {
    receivedGtid: `${U}:1-${count}`,
    readCoordinates: { kind: 'binlog', file: 'bin.000001', position: count },
    executedCoordinates: { kind: 'binlog', file: 'bin.000001', position: count },
    ...more.replication,
  },
});
const dead = (said: Record<number, Said>): Record<number, Said> => ({ 1: { valid: false }, ...said });

describe('regroup-replicas', () => {
  it('nobody is promoted where there is no replica; nothing to do with one', () => {
    expect(refused('regroup-replicas', 2, tree('gtid', SHAPE)).reason).toMatch(/^No replicas found for \S+:2$/);
    expect(planned('regroup-replicas', 1, tree('gtid', { 1: 0, 2: 1 }))).toMatchObject({
      stages: [],
      subject: { port: 2 },
    });
    expect(rulesOf(refused('regroup-replicas', 9, tree('gtid', SHAPE)))).toEqual(['9: unknown-server']);
  });

  it('below the most advanced; it has everything of a sibling before that one follows it', () => {
    const plan = planned('regroup-replicas', 1, tree('gtid', SHAPE, dead({ 2: left(5), 3: left(9), 4: left(7) })));
    expect([plan.method, plan.subject.port, edgesOf(plan)]).toEqual(['gtid', 3, '2<3 4<3']);
    expect([portsOf(plan.locks), portsOf(plan.moved)]).toEqual([
      [2, 4],
      [2, 4],
    ]);
    expect(storyOf(plan).slice(0, 3)).toEqual([
      'regroup? 2: stop-receiver, note complete-gtid',
      'regroup? 3: wait has-executed',
      'regroup? 2: change-source, start-receiver',
    ]);
  });

  it('a source that was never read is no obstacle', () => {
    const records = tree('gtid', SHAPE, { 1: { neverRead: true }, 2: left(5), 3: left(5), 4: left(5) });
    expect(edgesOf(planned('regroup-replicas', 1, records))).toBe('3<2 4<2');
  });

  it.each<[string, Record<number, Said>]>([
    ['does not answer', { 3: left(9, { valid: false }) }],
    ['has no binary log', { 3: left(9, { logs: false }) }],
    ['does not log what it applies', { 3: left(9, { logsUpdates: false }) }],
    ['is registered as must_not', { 3: left(9, { promotionRule: 'must_not' }) }],
    ['is of a newer series than most', { 3: left(9, { version: '9.7.4' }) }],
    [
      'has a broken applier',
      { 3: left(9, { replication: { applier: { state: 'stopped', errorNumber: 1062, errorText: '' } } }) },
    ],
  ])('not below one that %s', (_what, said) => {
    const plan = planned('regroup-replicas', 1, tree('gtid', SHAPE, dead({ 2: left(5), 4: left(7), ...said })));
    expect(plan.subject.port).toBe(4);
    expect(edgesOf(plan)).toBe('2<4');
  });

  it('nor one that PromotionIgnoreHostnameFilters names, nor one that logs wider than most', () => {
    const records = tree('gtid', SHAPE, dead({ 2: left(5), 3: left(9), 4: left(7) }));
    const settings = { isPromotionIgnored: ({ port }: { readonly port: number }) => port === 3 };
    expect(planned('regroup-replicas', 1, records, { settings }).subject.port).toBe(4);
    const mixed = tree(
      'gtid',
      SHAPE,
      dead({ 2: left(5, { format: 'MIXED' }), 3: left(9), 4: left(7, { format: 'MIXED' }) }),
    );
    expect(planned('regroup-replicas', 1, mixed).subject.port).toBe(4);
  });

  it('among equals: the rule decides, and errant transactions count against a server', () => {
    const rule = tree('gtid', SHAPE, dead({ 2: left(5), 3: left(5), 4: left(5, { promotionRule: 'prefer' }) }));
    expect(planned('regroup-replicas', 1, rule).subject.port).toBe(4);
    const own = `${uuidOf(2)}:1`;
    const errant = tree(
      'gtid',
      SHAPE,
      dead({ 2: left(5, { errant: own, executedGtid: `${U}:1-5,${own}` }), 3: left(5), 4: left(5) }),
    );
    const plan = planned('regroup-replicas', 1, errant);
    expect([plan.subject.port, edgesOf(plan)]).toEqual([3, '2<3 4<3']);
  });

  it('one that is ahead for good stays where it is, and is told', () => {
    const records = tree('gtid', SHAPE, dead({ 2: left(5), 3: left(9, { logs: false }), 4: left(7) }));
    const plan = planned('regroup-replicas', 1, records);
    expect(edgesOf(plan)).toBe('2<4');
    expect(plan.reasons.join('\n')).toMatch(new RegExp(`is left where it is: .*which lacks ${U}:8-9`));
  });

  it('while the source lives nobody is ahead for good', () => {
    const records = tree('gtid', SHAPE, {
      3: left(9, { logs: false, receiver: 'running' }),
      4: { executedGtid: `${U}:1-7` },
    });
    expect(edgesOf(planned('regroup-replicas', 1, records))).toBe('2<4 3<4');
  });

  it('all refused: every method with its rule, for every replica', () => {
    const refusal = refused('regroup-replicas', 1, tree('coordinates', SHAPE));
    expect(rulesOf(refusal)).toEqual(
      [3, 4].flatMap((port) => [
        `${port} by gtid: gtid`,
        `${port} by equivalence: not-equal`,
        `${port} by pseudo-gtid: no-pseudo-gtid`,
      ]),
    );
  });

  it('nobody can lead: every server with its rule', () => {
    const refusal = refused(
      'regroup-replicas',
      1,
      tree('gtid', SHAPE, { 2: { logs: false }, 3: { valid: false }, 4: { logsUpdates: false } }),
    );
    expect(rulesOf(refusal)).toEqual(['2: no-binary-log', '3: not-valid', '4: no-replica-updates']);
  });

  it('by coordinates below a dead source: those that received exactly as much, needing nothing else', () => {
    const plan = planned(
      'regroup-replicas',
      1,
      tree('coordinates', SHAPE, dead({ 2: left(9), 3: left(5), 4: left(9) })),
    );
    expect([plan.method, edgesOf(plan)]).toEqual(['equivalence', '4<2']);
    expect(storyOf(plan)).toEqual([
      'regroup? 4: stop-receiver, wait drained, stop-applier, note executed, wait executed-exactly',
      'regroup? 2: wait executed-exactly, note own, wait executed-exactly',
      'regroup? 4: change-source at noted, start-applier, start-receiver',
    ]);
  });

  it('… the others by Pseudo-GTID, once the leader is as far as they are', () => {
    const records = tree('coordinates', SHAPE, dead({ 2: left(9), 3: left(5), 4: left(9) }));
    const plan = planned('regroup-replicas', 1, records, PSEUDO);
    expect([plan.method, edgesOf(plan)]).toEqual(['pseudo-gtid, equivalence', '3<2 4<2']);
    expect(storyOf(plan).slice(0, 3)).toEqual([
      'regroup? 3: stop-receiver, wait drained, stop-applier, note executed',
      'regroup? 2: wait executed-to',
      'regroup? 3: correlate, change-source at noted, start-applier, start-receiver',
    ]);
  });

  it('a leader whose applier rests is started first', () => {
    const resting = { applier: 'stopped' } as const;
    const plan = planned('regroup-replicas', 1, tree('gtid', SHAPE, { 2: resting, 3: resting, 4: resting }));
    expect(storyOf(plan)[0]).toBe('lead 2: start-applier');
  });
});

describe('regroup in one way only', () => {
  it('-gtid: the leader uses GTID', () => {
    const records = tree('gtid', SHAPE, { 2: { positioning: 'coordinates' } });
    const plan = planned('regroup-replicas-gtid', 1, records);
    expect([plan.subject.port, edgesOf(plan)]).toEqual([3, '4<3']);
    expect(rulesOf(refused('regroup-replicas-gtid', 1, tree('coordinates', SHAPE)))).toEqual([
      '2: no-gtid',
      '3: no-gtid',
      '4: no-gtid',
    ]);
  });

  it('-pgtid: by Pseudo-GTID even where GTID would do', () => {
    expect(planned('regroup-replicas-pgtid', 1, tree('gtid', SHAPE), PSEUDO).method).toBe('pseudo-gtid');
  });

  it('-bls: binlog servers below the one that has received most; the others stay', () => {
    const at = (position: number): Said => ({
      binlogServer: true,
      instance: { ownCoordinates: { kind: 'binlog', file: 'bin.000001', position } },
      replication: { readCoordinates: { kind: 'binlog', file: 'bin.000001', position } },
    });
    const records = tree('coordinates', { ...SHAPE, 5: 1 }, { 2: at(200), 3: at(300), 4: at(250) });
    const plan = planned('regroup-replicas-bls', 1, records);
    expect([plan.method, plan.subject.port, edgesOf(plan)]).toEqual(['binlog-server', 3, '2<3 4<3']);
    expect(rulesOf(refused('regroup-replicas-bls', 1, tree('gtid', SHAPE)))[0]).toBe('2: not-a-binlog-server');
    const all = tree('coordinates', SHAPE, { 2: at(200), 3: at(300), 4: at(250) });
    expect(planned('regroup-replicas', 1, all).method).toBe('binlog-server');
  });

  it('the replicas of a binlog server are regrouped like its siblings', () => {
    const records = tree('coordinates', { 1: 0, 2: 1, 3: 1, 4: 2 }, { 2: { binlogServer: true } });
    expect(edgesOf(planned('regroup-replicas-pgtid', 1, records, PSEUDO))).toBe('4<3');
  });
});
