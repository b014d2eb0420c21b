import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../../model/testing/instances.ts';
import type { Kind, Said } from '../testing/ask.ts';
import { allSteps, edgesOf, member, planned, portsOf, refused, rulesOf, storyOf, tree } from '../testing/ask.ts';

const U = uuidOf(1);
const SHAPE = { 1: 0, 2: 1 };
const BY_PLACE: Said = { positioning: 'coordinates' };
const enable = (above: Said, below: Said, kind: Kind = 'gtid') =>
  tree(kind, SHAPE, { 1: above, 2: { ...BY_PLACE, ...below } });

describe('enable-gtid', () => {
  it('has everything by GTID first, then rests, changes, and goes on', () => {
    const records = enable({ executedGtid: `${U}:1-9` }, { executedGtid: `${U}:1-8` });
    const plan = planned('enable-gtid', 2, records);
    expect(storyOf(plan)).toEqual([
      'enable-gtid 2: wait has-executed, stop-receiver, wait drained, stop-applier, note executed, change-source, wait positioned-by, start-applier, start-receiver',
    ]);
    expect(allSteps(plan)[0]?.ensures).toEqual({ kind: 'has-executed', gtid: `${U}:1-9` });
    expect([edgesOf(plan), portsOf(plan.locks)]).toEqual(['', [2]]);
    const change = allSteps(plan).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.action).toMatchObject({
      command: { positioning: 'oracle-auto', receiverOnly: false, credentials: null },
    });
    expect(change?.undo).toMatchObject([
      { action: { command: { positioning: 'coordinates' }, at: expect.stringContaining('executed by') } },
    ]);
  });

  it('MariaDB: slave_pos; back only as long as nothing else was executed', () => {
    const plan = planned('enable-gtid', 2, tree('mariadb-coordinates', SHAPE));
    const change = allSteps(plan).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.action).toMatchObject({ command: { positioning: 'mariadb-slave-pos' } });
    expect(
      allSteps(plan)
        .at(-1)
        ?.undo.map(({ ensures }) => ensures?.kind),
    ).toEqual(['executed-exactly', 'receiver-stopped', 'drained', 'executed-exactly']);
  });

  it.each<[string, Said, Said, Kind, string]>([
    ['one that does already', {}, { positioning: 'oracle-auto' }, 'gtid', '2: already-gtid'],
    ['gtid_mode is not ON', {}, { gtidMode: 'ON_PERMISSIVE' }, 'gtid', '2: gtid-mode'],
    ['nor at its source', { gtidMode: 'OFF' }, {}, 'gtid', '1: gtid-mode'],
    [
      'it would ask for what is purged',
      { instance: { purgedGtid: `${U}:1-5` } },
      { executedGtid: `${U}:3-9` },
      'gtid',
      '2: gtid-purged',
    ],
    [
      'it has been through some without their GTIDs',
      { executedGtid: `${U}:1-9` },
      { executedGtid: `${U}:5-8` },
      'gtid',
      '2: gtid-gap',
    ],
    ['… through all of them', { executedGtid: `${U}:1-9` }, {}, 'gtid', '2: gtid-gap'],
    ['… on MariaDB', { executedGtid: '0-1-9' }, { executedGtid: '' }, 'mariadb-coordinates', '2: gtid-gap'],
    ['the source does not answer', { valid: false }, {}, 'gtid', '1: not-valid'],
    ['a group secondary', {}, { group: { memberRole: 'SECONDARY' } }, 'gtid', '2: group-secondary'],
    ['a version without GTID', {}, { version: '5.5.68-MariaDB' }, 'mariadb-coordinates', '2: no-gtid'],
  ])('refused: %s', (_what, above, below, kind, rule) => {
    expect(rulesOf(refused('enable-gtid', 2, enable(above, below, kind)))).toEqual([rule]);
  });

  it('what is received and not yet executed is no gap', () => {
    const records = enable(
      { executedGtid: `${U}:1-9` },
      { executedGtid: `${U}:1-3:5`, replication: { receivedGtid: `${U}:1-9` } },
    );
    expect(planned('enable-gtid', 2, records).kind).toBe('plan');
  });

  it('a replica that lost its place may find it by GTID: nothing is awaited that cannot come', () => {
    const records = enable({ executedGtid: `${U}:1-9` }, { executedGtid: `${U}:1-8`, receiver: 'stopped' });
    expect(storyOf(planned('enable-gtid', 2, records))[0]).not.toMatch(/has-executed/);
  });
});

describe('disable-gtid', () => {
  it('reads on where it stands', () => {
    const plan = planned('disable-gtid', 2, tree('gtid', SHAPE));
    expect(storyOf(plan)).toEqual([
      'disable-gtid 2: stop-receiver, wait drained, stop-applier, note read, wait executed-exactly, note executed, change-source at noted, start-applier, start-receiver, wait positioned-by',
    ]);
    const change = allSteps(plan).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.action).toMatchObject({ command: { positioning: 'coordinates' } });
    expect(change?.undo).toMatchObject([{ action: { command: { positioning: 'oracle-auto' } } }]);
  });

  it('does so also where the last transaction has come in part, once something of this source was executed since', () => {
    const records = tree('gtid', SHAPE);
    const before = member(records, 2).instance.replication?.executedCoordinates;
    const wait = allSteps(planned('disable-gtid', 2, records)).find(
      ({ ensures }) => ensures?.kind === 'executed-exactly',
    );
    expect(wait?.unless).toEqual({ kind: 'executed-to', place: { ...before, position: (before?.position ?? 0) + 1 } });
  });

  it('refused: not by GTID, no place told, a broken applier', () => {
    const nowhere = { kind: 'binlog', file: '', position: 0 } as const;
    const broken = { state: 'stopped', errorNumber: 1062, errorText: '' } as const;
    const of = (said: Said) => rulesOf(refused('disable-gtid', 2, tree('gtid', SHAPE, { 2: said })));
    expect(of(BY_PLACE)).toEqual(['2: no-gtid']);
    expect(of({ replication: { executedCoordinates: nowhere } })).toEqual(['2: no-coordinates']);
    expect(of({ replication: { applier: broken } })).toEqual(['2: applier-error']);
  });
});
