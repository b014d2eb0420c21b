import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { at, familyByPlace, type InventedAtPlace, restAt } from '../testing/by-place.ts';
import {
  familyInput,
  type InventedFlavour,
  type InventedReplica,
  planned,
  stageNames,
  stepsOf,
} from '../testing/family.ts';
import type { FailoverInput } from './input.ts';
import { planFailover } from './plan-failover.ts';

const FLAVOURS: readonly InventedFlavour[] = ['9.7', '5.6', 'mariadb'];
const key = (name: string) => parseKey(`${name}:3306`, 3306);
const WRITABLE = { isReadOnly: false, isSuperReadOnly: null };

/** `p` and `other` follow each other, `p` is dead; the others are replicas of `p`. */
function planRing(
  flavour: InventedFlavour,
  other: InventedReplica,
  replicas: Readonly<Record<string, InventedReplica>> = {},
  changes: Parameters<typeof familyInput>[2] = {},
) {
  const input: FailoverInput = familyInput(flavour, { other, ...replicas }, changes);
  const records = input.records.map((record) =>
    record.key.hostname === 'p' && record.instance !== null
      ? { ...record, instance: { ...record.instance, replication: replicationOf('other:3306') } }
      : record,
  );
  return planFailover({ ...input, records });
}

/** The same by file and position. The other one is closed; `passed`: where its own rows are passed in the log of `p`; null: nobody knows. */
function planRingByPlace(
  flavour: InventedFlavour,
  replicas: Readonly<Record<string, InventedAtPlace>>,
  { passed = 5, ...changes }: Parameters<typeof familyInput>[2] & { readonly passed?: number | null } = {},
) {
  const input: FailoverInput = familyByPlace(flavour, replicas, changes);
  const replication = replicationOf('other:3306');
  const known = passed === null ? {} : { passed: { other: key('other'), at: at(passed) } };
  const records = input.records.map((record) => {
    if (record.key.hostname !== 'p' || record.instance === null) return record;
    return { ...record, ...known, instance: { ...record.instance, replication } };
  });
  return planFailover({ ...input, records });
}

const successorOf = (plan: ReturnType<typeof planRing>): string => planned(plan).successor.hostname;
const reasonOf = (plan: ReturnType<typeof planRing>): string => (plan.kind === 'refusal' ? plan.reason : 'a plan');

describe.each(FLAVOURS)('a dead co-primary (%s)', (flavour) => {
  it('is replaced by the other one, though another replica is preferred', () => {
    const plan = planRing(flavour, {}, { c: { rule: 'prefer' } });
    expect(successorOf(plan)).toBe('other');
    expect(stageNames(plan)).toEqual(['promote', 'repoint']);
    expect(planned(plan).reasons[0]).toMatch(/other:3306 is the other co-primary and must be the one/);
  });

  it('leaves no ring: the other one forgets its source', () => {
    const forgets = stepsOf(planRing(flavour, { changes: WRITABLE }), 'promote').map(({ action }) =>
      action.kind === 'command' ? action.command.kind : action.kind,
    );
    expect(forgets).toContain('forget-source');
    expect(forgets).not.toContain('set-read-only');
  });

  it('gives it first what another replica has received and it has not', () => {
    const plan = planRing(flavour, { received: 10 }, { c: { received: 20 } });
    expect(successorOf(plan)).toBe('other');
    expect(stageNames(plan)).toEqual(['catch-up', 'promote', 'repoint']);
  });

  it('is replaced by any replica where the other one need not be promoted, and takes no writes', () => {
    const settings = { mustPromoteOtherCoPrimary: false };
    const plan = planRing(flavour, { received: 10 }, { c: { received: 20 } }, { settings });
    expect(successorOf(plan)).toBe('c');
    const moved = stepsOf(plan, 'repoint', 'other').flatMap(({ action }) =>
      action.kind === 'command' && action.command.kind === 'change-source' ? [action.command.source.hostname] : [],
    );
    expect(moved).toEqual(['c']);
  });

  it('is replaced by nobody but an other one that takes writes, whatever the configuration and people say', () => {
    const settings = { mustPromoteOtherCoPrimary: false };
    expect(successorOf(planRing(flavour, { changes: WRITABLE }, { c: {} }, { settings }))).toBe('other');
    const named = planRing(flavour, { changes: WRITABLE }, { c: {} }, { settings, explicitCandidate: key('c') });
    expect(reasonOf(named)).toMatch(
      /other:3306, the other co-primary, takes writes: c:3306 cannot be promoted beside it/,
    );
  });

  it('may be replaced by the one that a person names, while the other one takes no writes', () => {
    expect(successorOf(planRing(flavour, {}, { c: {} }, { explicitCandidate: key('c') }))).toBe('c');
  });

  it('is replaced by nobody when the other one must be promoted and does not answer, or may not be', () => {
    expect(reasonOf(planRing(flavour, { isAbsent: true }, { c: {} }))).toMatch(/other co-primary.*does not answer/);
    expect(reasonOf(planRing(flavour, { rule: 'must_not' }, { c: {} }))).toMatch(/registered as must_not/);
  });

  it('and one that took writes of its own, of which others lack some, is not taken for complete', () => {
    const plan = planRing(
      flavour,
      { received: 10, hasOwn: true, changes: WRITABLE },
      { c: { received: flavour === 'mariadb' ? 11 : 20 } },
    );
    if (flavour === 'mariadb') expect(reasonOf(plan)).toMatch(/have diverged/);
    else {
      expect(successorOf(plan)).toBe('other');
      const wait = stepsOf(plan, 'catch-up').find(({ ensures }) => ensures?.kind === 'has-executed');
      expect(wait?.ensures).toMatchObject({ gtid: `${uuidOf(1)}:1-20` });
    }
  });
});

describe.each(FLAVOURS)('a dead co-primary by file and position (%s)', (flavour) => {
  it('is replaced by the other one, and replicas at the same place go on in its log', () => {
    const plan = planRingByPlace(flavour, { other: { rest: 10 }, c: {}, d: { received: 8 } });
    expect(successorOf(plan)).toBe('other');
    const move = stepsOf(plan, 'repoint', 'c').find(({ action }) => JSON.stringify(action).includes('change-source'));
    expect(move?.action).toMatchObject({ command: { kind: 'change-source', coordinates: restAt(10).own } });
    expect(planned(plan).unfit).toMatchObject([{ subject: 'd:3306', rule: 'behind' }]);
  });

  it('… that rests first, and whoever may have more rests too: nobody gets it from there', () => {
    const ahead = { other: { received: 8 }, c: { received: 10 } };
    expect(stepsOf(planRingByPlace(flavour, ahead), 'drain', 'c').length).toBeGreaterThan(0);
    const resting = { other: { received: 8, rest: 8 }, c: { received: 10, rest: 10 } };
    expect(reasonOf(planRingByPlace(flavour, resting))).toMatch(/other:3306 lacks transactions that c:3306 received/);
    const settings = { mustPromoteOtherCoPrimary: false };
    expect(successorOf(planRingByPlace(flavour, resting, { settings }))).toBe('c');
  });

  it.each([
    ['takes writes', { changes: WRITABLE }, 5],
    ['may have rows of its own for all we know', {}, null],
  ])('whose pair %s: that one is promoted, and where others go on in its log is not known', (_, said, passed) => {
    const settings = { mustPromoteOtherCoPrimary: false };
    const begun = planRingByPlace(flavour, { other: said, c: {} }, { settings, passed });
    expect(successorOf(begun)).toBe('other');
    expect(stepsOf(begun, 'drain', 'other').map(({ id }) => id)).not.toContainEqual(expect.stringMatching(/note-own/));
    expect(planned(begun).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
    expect(stepsOf(begun, 'repoint', 'c')).toEqual([]);
  });

  it('whose pair may have rows of its own is not followed by Pseudo-GTID either: an entry that both have does not tell of them', () => {
    const settings = { knowsPseudoGtid: true };
    const plan = planRingByPlace(flavour, { other: {}, c: { received: 8, rest: 8 } }, { settings, passed: null });
    expect(planned(plan).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
    expect(stepsOf(plan, 'repoint', 'c')).toEqual([]);
    const level = planRingByPlace(flavour, { other: { rest: 10 }, c: { received: 8, rest: 8 } }, { settings });
    expect(stepsOf(level, 'repoint', 'c').map(({ id }) => id)).toContainEqual(expect.stringMatching(/correlate/));
  });

  describe('whose pair has written rows before, all of which the dead one had passed on', () => {
    const settings = { mustPromoteOtherCoPrimary: false };

    it('a replica that has not come so far is not promoted, though it be preferred, and is left where the other one is', () => {
      const plan = planRingByPlace(
        flavour,
        { other: { rest: 8 }, c: { received: 8, rest: 8, rule: 'prefer' } },
        { settings, passed: 9 },
      );
      expect(successorOf(plan)).toBe('other');
      expect(planned(plan).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
      expect(planned(plan).reasons.join()).toMatch(/c:3306 may lack rows of other:3306/);
      expect(stepsOf(plan, 'repoint', 'c')).toEqual([]);
    });

    it('… not even by Pseudo-GTID, until it has come so far', () => {
      const behind = { other: { rest: 10 }, c: { received: 8, rest: 8 } };
      const knowing = { ...settings, knowsPseudoGtid: true };
      const lacking = planRingByPlace(flavour, behind, { settings: knowing, passed: 9 });
      expect(planned(lacking).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
      const having = planRingByPlace(flavour, behind, { settings: knowing, passed: 8 });
      expect(planned(having).unfit).toEqual([]);
      expect(stepsOf(having, 'repoint', 'c').map(({ id }) => id)).toContainEqual(expect.stringMatching(/correlate/));
    });

    it('a replica that has come so far may be promoted, and the other one follows it from there', () => {
      const replicas = { other: { rest: 10 }, c: { rest: 10, rule: 'prefer' as const } };
      const plan = planRingByPlace(flavour, replicas, { settings, passed: 10 });
      expect(successorOf(plan)).toBe('c');
      expect(planned(plan).unfit).toEqual([]);
    });

    it('where it has not come so far itself it is not matched by Pseudo-GTID: its own rows stand elsewhere in its log', () => {
      const matched = (passed: number) =>
        planRingByPlace(
          flavour,
          { other: { received: 8, rest: 8 }, c: { rest: 10 } },
          { settings: { ...settings, knowsPseudoGtid: true }, passed },
        );
      expect(successorOf(matched(9))).toBe('c');
      expect(planned(matched(9)).unfit).toMatchObject([{ subject: 'other:3306', rule: 'own-rows' }]);
      expect(planned(matched(8)).unfit).toEqual([]);
    });

    it('a person may name one that has not: then the other one is left', () => {
      const replicas = { other: { rest: 8 }, c: { received: 8, rest: 8 } };
      const plan = planRingByPlace(flavour, replicas, { settings, passed: 9, explicitCandidate: key('c') });
      expect(successorOf(plan)).toBe('c');
      expect(planned(plan).unfit).toMatchObject([{ subject: 'other:3306', rule: 'own-rows' }]);
    });

    it('nobody is promoted where the other one does not answer and no replica has come so far', () => {
      const plan = planRingByPlace(flavour, { other: { isAbsent: true }, c: {} }, { settings, passed: 11 });
      expect(plan).toMatchObject({ kind: 'refusal', objections: [{ subject: 'c:3306', rule: 'lacks-own-rows' }] });
    });
  });

  it('what was known when the recovery began outweighs what the record of the dead one says now', () => {
    const pair = { other: key('other'), passed: null };
    const plan = planRingByPlace(flavour, { other: { rest: 10 }, c: { rest: 10 } }, { pair });
    expect(planned(plan).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
    const settings = { mustPromoteOtherCoPrimary: false };
    const known = { pair: { other: key('other'), passed: at(5) }, passed: null, settings };
    const replicas = { other: { rest: 10 }, c: { rest: 10, rule: 'prefer' as const } };
    expect(successorOf(planRingByPlace(flavour, replicas, known))).toBe('c');
  });

  describe('goes on with what a failed recovery has left beside the place where the other one rests', () => {
    const goOn = (passed: number) =>
      planRingByPlace(
        flavour,
        { other: { rest: 8, changes: WRITABLE }, c: { received: 8, rest: 8 } },
        {
          passed: null,
          committedSuccessor: key('other'),
          rests: new Map([['other:3306', { ...restAt(8), passed: at(passed) }]]),
        },
      );

    it('replicas that have come so far go on in its log', () => {
      expect(planned(goOn(8)).unfit).toEqual([]);
      expect(stepsOf(goOn(8), 'repoint', 'c').length).toBeGreaterThan(0);
    });

    it('replicas that have not come so far are left still', () => {
      expect(planned(goOn(9)).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
    });

    it('that tells nothing once the other one is no longer the successor: it is promoted, though another is preferred', () => {
      const plan = planRingByPlace(
        flavour,
        { other: { rest: 10 }, c: { rest: 10, rule: 'prefer' } },
        {
          passed: null,
          pair: { other: key('other'), passed: null },
          settings: { mustPromoteOtherCoPrimary: false },
          rests: new Map([['other:3306', { ...restAt(10), passed: at(5) }]]),
        },
      );
      expect(successorOf(plan)).toBe('other');
      expect(planned(plan).unfit).toMatchObject([{ subject: 'c:3306', rule: 'own-rows' }]);
    });
  });

  it('is replaced by whom a person names: a pair that may have rows of its own does not follow that one', () => {
    const replicas = { other: { rest: 10 }, c: { rest: 10 } };
    const named = planRingByPlace(flavour, replicas, { explicitCandidate: key('c'), passed: null });
    expect(successorOf(named)).toBe('c');
    expect(planned(named).unfit).toMatchObject([{ subject: 'other:3306', rule: 'own-rows' }]);
  });

  it('a pair of two, nobody else: the other one takes over with what it has received', () => {
    const plan = planRingByPlace(
      flavour,
      { other: { received: 10, executed: 9, changes: WRITABLE } },
      { passed: null },
    );
    expect(successorOf(plan)).toBe('other');
    expect(stageNames(plan)).toEqual(['drain', 'promote']);
    expect(planned(plan).unfit).toEqual([]);
  });
});

describe('two co-primaries that took writes', () => {
  it('do not get from a replica what was written only there', () => {
    const plan = planRing('9.7', { received: 10, hasOwn: true, changes: WRITABLE }, { c: { hasOwn: true } });
    expect(reasonOf(plan)).toMatch(/have diverged.*lacks/);
  });
});
