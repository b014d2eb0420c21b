import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { replicationOf } from '../../model/testing/instances.ts';
import { familyInput, type InventedReplica, PRIMARY, planFamily, planned } from '../testing/family.ts';
import { planFailover } from './plan-failover.ts';

const key = (name: string) => parseKey(`${name}:3306`, 3306);
/** A MariaDB replica (the n-th, with server id n + 1) whose own log ends with what it wrote itself. */
const wrote = (binlogGtid: string, received = 10): InventedReplica => ({ received, changes: { binlogGtid } });

describe('what a MariaDB replica wrote itself', () => {
  it('stops the recovery when another has received what it lacks, and both differences are listed', () => {
    const plan = planFamily('mariadb', { a: { received: 12 }, b: wrote('0-3-11') });
    expect(plan).toMatchObject({
      kind: 'refusal',
      reason: expect.stringMatching(/diverged: b:3306 lacks 0-1-11\.\.12, and a:3306 lacks 0-3-11/),
    });
  });

  it('sets it apart when a person chooses the other, however far that one has written since', () => {
    const replicas = { a: { received: 12 }, b: wrote('0-3-11') };
    const before = planned(planFamily('mariadb', replicas, { explicitCandidate: key('a') }));
    expect(before.successor).toEqual(key('a'));
    const input = familyInput('mariadb', replicas, { committedSuccessor: key('a') });
    const records = input.records.map((record) =>
      record.key.hostname === 'a' && record.instance !== null
        ? { ...record, instance: { ...record.instance, replication: null, executedGtid: '0-2-99', isReadOnly: false } }
        : record,
    );
    const after = planned(planFailover({ ...input, records }));
    expect(after.unfit).toMatchObject([{ subject: 'b:3306', rule: 'has-more' }]);
    expect(after.stages).toEqual([]);
  });

  it('is not in question where its position shows it, or another server does', () => {
    const shown = planFamily('mariadb', { a: { received: 12 }, b: wrote('0-1-10') });
    expect(planned(shown).successor).toEqual(key('a'));
    const former = { received: 12, changes: { executedGtid: '0-1-12,7-3-5' } };
    expect(planned(planFamily('mariadb', { a: former, b: wrote('7-3-5') })).successor).toEqual(key('a'));
  });

  it('is no error where the failed primary replicated, too', () => {
    const input = familyInput('mariadb', { a: { received: 12 }, b: wrote('0-3-11') });
    const records = input.records.map((record) =>
      record.key.hostname === parseKey(PRIMARY, 3306).hostname && record.instance !== null
        ? { ...record, instance: { ...record.instance, replication: replicationOf('elsewhere:3306') } }
        : record,
    );
    expect(planFailover({ ...input, records })).toMatchObject({ kind: 'plan' });
  });
});
