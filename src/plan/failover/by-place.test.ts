import { describe, expect, it } from 'vitest';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { at, familyByPlace, restAt } from '../testing/by-place.ts';
import { type InventedFlavour, planned, stageNames, stepsOf, wordsOf } from '../testing/family.ts';
import { planFailover } from './plan-failover.ts';

const FLAVOURS: readonly InventedFlavour[] = ['9.7', '5.6', 'mariadb'];
const plan = (...given: Parameters<typeof familyByPlace>) => planFailover(familyByPlace(...given));

describe.each(FLAVOURS)('replicas by file and position, %s', (flavour) => {
  it('the successor comes to rest first, and where it does is noted', () => {
    const made = plan(flavour, { a: {}, b: {} });
    expect(stageNames(made)).toEqual(['drain', 'promote', 'repoint']);
    expect(wordsOf(stepsOf(made, 'drain', 'a'))).toEqual(['stop-applier', 'wait undefined', 'wait undefined']);
    expect(stepsOf(made, 'drain', 'a')[0]?.requires).toEqual({ kind: 'drained' });
    expect(stepsOf(made, 'drain', 'b')).toEqual([]);
  });

  it('whoever has received more comes to rest as well before anybody is promoted: it may be half a transaction', () => {
    const made = plan(flavour, { a: { rest: 9, received: 9 }, b: { received: 10, executed: 9, isReadAll: true } });
    expect(stageNames(made)[0]).toBe('drain');
    expect(wordsOf(stepsOf(made, 'drain', 'b'))[0]).toBe('stop-applier');
  });

  it('it was half a transaction: the better of the two is promoted, exactly from where it rests', () => {
    const made = plan(flavour, { a: { rest: 9, received: 9 }, b: { received: 10, executed: 9, rest: 9 } });
    expect(stageNames(made)[0]).toBe('promote');
    expect(planned(made).successor.hostname).toBe('a');
    const forget = stepsOf(made, 'promote').find(({ isDestructive }) => isDestructive);
    expect(forget?.requires).toEqual({ kind: 'executed-exactly', place: at(9) });
  });

  it('it was a whole one: that one is promoted, though the other is preferred', () => {
    const made = plan(flavour, { a: { rest: 9, received: 9, rule: 'prefer' }, b: { received: 10, rest: 10 } });
    expect(planned(made).successor.hostname).toBe('b');
  });

  it('nobody is promoted while one that cannot be promoted has more', () => {
    const made = plan(flavour, { a: { rest: 9, received: 9 }, b: { received: 10, rest: 10, rule: 'must_not' } });
    expect(made).toMatchObject({ kind: 'refusal' });
    const excluded = { excluded: [{ key: { hostname: 'b', port: 3306 }, reason: 'its applier is broken' }] };
    expect(plan(flavour, { a: { rest: 9, received: 9 }, b: { received: 10 } }, excluded)).toMatchObject({
      kind: 'refusal',
    });
  });

  it('siblings at the same place go on where the log of the successor ended; others are lost without Pseudo-GTID', () => {
    const made = plan(flavour, { a: { rest: 9, received: 9 }, b: { received: 9 }, c: { received: 5 } });
    expect(planned(made).unfit).toMatchObject([{ subject: 'c:3306', rule: 'behind' }]);
    const steps = stepsOf(made, 'repoint', 'b');
    expect(steps[2]?.ensures).toEqual({ kind: 'executed-exactly', place: at(9) });
    expect(steps[3]?.action).toMatchObject({ command: { kind: 'change-source', coordinates: restAt(9).own } });
    expect(stepsOf(made, 'repoint', 'c')).toEqual([]);
  });

  it('… and found by Pseudo-GTID where that is known', () => {
    const settings = { knowsPseudoGtid: true };
    const made = plan(flavour, { a: { rest: 9, received: 9 }, c: { received: 5 } }, { settings });
    expect(planned(made).unfit).toEqual([]);
    expect(stepsOf(made, 'repoint', 'c').map(({ action }) => action.kind)).toEqual([
      'command',
      'note',
      'correlate',
      'command',
      'command',
      'command',
    ]);
  });

  it('a sibling that has executed more than the successor stays out', () => {
    const committed = { committedSuccessor: { hostname: 'a', port: 3306 } };
    const made = plan(flavour, { a: { rest: 9, received: 9 }, b: { received: 10, rest: 10 } }, committed);
    expect(planned(made).unfit).toMatchObject([{ subject: 'b:3306', rule: 'has-more' }]);
  });

  it('one whose place is of another log is not compared', () => {
    const settings = { knowsPseudoGtid: false };
    const committed = { committedSuccessor: { hostname: 'a', port: 3306 }, settings };
    const family = { a: { rest: 9, received: 9 }, b: { received: 9, source: 'c:3306' }, c: { received: 9 } };
    expect(planned(plan(flavour, family, committed)).unfit).toMatchObject([{ subject: 'b:3306', rule: 'no-place' }]);
  });

  it('a delayed sibling keeps its delay: with rows un-applied it stays out, whatever finds its place; at rest it follows', () => {
    const delayed = { delaySeconds: 3_600, received: 9 };
    const settings = { knowsPseudoGtid: true };
    const hour = plan(flavour, { a: { rest: 9, received: 9 }, d: { ...delayed, executed: 5 } }, { settings });
    expect(planned(hour).unfit).toMatchObject([{ subject: 'd:3306', rule: 'delayed' }]);
    expect(stepsOf(hour, 'repoint', 'd')).toEqual([]);
    const nothing = plan(flavour, { a: { rest: 9, received: 9 }, d: delayed });
    expect(planned(nothing).unfit).toEqual([]);
    expect(wordsOf(stepsOf(nothing, 'repoint', 'd'))).toContain('change-source');
    // One that listens still may receive more before it is silenced.
    const listening = plan(flavour, { a: { rest: 9, received: 9 }, d: { ...delayed, receiver: 'running' } });
    expect(wordsOf(stepsOf(listening, 'repoint', 'd'))).not.toContain('set-delay');
  });

  it('the successor does not wait for acknowledgements of one whose place is yet to be searched, but of one at its own place', () => {
    const semiSync = {
      ...instanceOf('p:3306').semiSync,
      available: true,
      waitForReplicaCount: 1,
      replicaEnabled: true,
    };
    const changes = { semiSync };
    const wordsFor = (received: number): readonly string[] => {
      const base = familyByPlace(
        flavour,
        { a: { rest: 9, received: 9, changes }, b: { received, changes } },
        { settings: { knowsPseudoGtid: true } },
      );
      const records = base.records.map((record): ServerRecord => {
        if (record.key.hostname !== 'p' || record.instance === null) return record;
        return { ...record, instance: { ...record.instance, semiSync: { ...semiSync, sourceEnabled: true } } };
      });
      return wordsOf(stepsOf(planFailover({ ...base, records }), 'promote'));
    };
    expect(wordsFor(9)).toContain('set-semi-sync');
    expect(wordsFor(5)).not.toContain('set-semi-sync');
  });
});
