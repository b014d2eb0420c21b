import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { replicationOf, uuidOf } from '../../model/testing/instances.ts';
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

describe('two co-primaries that took writes', () => {
  it('do not get from a replica what was written only there', () => {
    const plan = planRing('9.7', { received: 10, hasOwn: true, changes: WRITABLE }, { c: { hasOwn: true } });
    expect(reasonOf(plan)).toMatch(/have diverged.*lacks/);
  });
});
