import { describe, expect, it } from 'vitest';
import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, recordOf, replicationOf } from '../../../model/testing/instances.ts';
import type { Home } from '../../../plan/failover/intermediate/homes.ts';
import type { OperationRequest } from '../../../plan/operations/request.ts';
import type { OperationOutcome } from '../../operations/outcome.ts';
import { keyOf, nameOf } from '../../testing/recovery-scene.ts';
import type { RecoveryRun } from '../run.ts';
import type { TraceDeps } from '../traces.ts';
import { rehome } from './rehome.ts';

/** Server 2 is dead; 1 is above it, 3 its sibling, 4 and 5 its replicas. */
const FAILED = keyOf(2);
const CONNECTING = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' } as const;
const ANYWHERE = { preventCrossDataCenter: false, preventCrossRegion: false };

const home = (plan: Home['plan'], to: number | null): Home => ({
  plan,
  request: {
    kind: plan === 'B' ? 'regroup-replicas' : 'relocate-replicas',
    instance: FAILED,
    destination: to === null ? null : keyOf(to),
  },
  home: to === null ? null : keyOf(to),
  why: '',
});
const [A, B, D] = [home('A', 3), home('B', null), home('D', 1)];

function scene(given: { readonly dead?: readonly number[]; readonly isUnknown?: boolean } = {}) {
  /** Replicas that do not come to replicate where they were sent: left half way, or only their receiver does not connect. */
  const halfWay = new Set<number>();
  const unconnected = new Set<number>();
  const sources = new Map([
    [4, keyOf(2)],
    [5, keyOf(2)],
  ]);
  const asked: string[] = [];
  /** By kind of request: who is moved where; absent: refused. */
  const able = new Map<string, (request: OperationRequest) => readonly (readonly [number, number])[]>();
  const record = (number: number) => {
    const dataCenter = number === 1 ? 'there' : 'here';
    const source = sources.get(number);
    const one = recordOf(
      instanceOf(nameOf(number), {
        classification: { ...NO_CLASSIFICATION, dataCenter },
        ...(source === undefined
          ? {}
          : { replication: replicationOf(formatKey(source), unconnected.has(number) ? { receiver: CONNECTING } : {}) }),
      }),
    );
    const isDead = number === 2 || given.dead?.includes(number) === true;
    const instance = number === 2 && given.isUnknown === true ? null : one.instance;
    return { ...one, instance, check: { ...one.check, failure: isDead ? 'dead' : null } };
  };
  const all = () => [1, 2, 3, 4, 5].map(record);
  const recordAt = (key: InstanceKey) => all().find((one) => sameKey(one.key, key)) ?? null;
  const run = async (request: OperationRequest): Promise<OperationOutcome> => {
    const to = request.destination === null ? '' : ` to ${request.destination.hostname.at(-1)}`;
    asked.push(`${request.kind} ${request.instance.hostname.at(-1)}${to}`);
    const moves = able.get(request.kind)?.(request);
    if (moves === undefined)
      return {
        kind: 'refused',
        refusal: { kind: 'refusal', purpose: '', clusterName: '', reason: 'it may not', objections: [] },
      };
    for (const [replica, source] of moves) sources.set(replica, keyOf(source));
    const stuck = moves.flatMap(([replica]) =>
      halfWay.has(replica) ? [{ server: keyOf(replica), reason: 'it cannot connect there' }] : [],
    );
    const subject = recordAt(request.destination ?? keyOf(4));
    return {
      kind: 'done',
      subject,
      moved: moves.flatMap(([replica]) => (halfWay.has(replica) ? [] : [recordAt(keyOf(replica))])),
      failed: stuck,
      leftovers: stuck,
    } as unknown as OperationOutcome;
  };
  const deps = {
    fleet: { records: all, recordOf: recordAt },
    operations: () => ({ run }),
    audit: () => undefined,
    store: { currentEpoch: async () => 1 },
  } as unknown as TraceDeps;
  const runOf = { uid: 'u', errors: [], intent: { failed: FAILED }, entry: { view: { replicas: [4, 5].map(keyOf) } } };
  return {
    asked,
    able,
    halfWay,
    unconnected,
    sources,
    rehome: (attempts: readonly Home[], settings = ANYWHERE) =>
      rehome(runOf as unknown as RecoveryRun, attempts, deps, settings),
  };
}

describe('the replicas of a dead source', () => {
  it('go where the first plan sends them, and that is the end', async () => {
    const { able, asked, rehome: start } = scene();
    able.set('relocate-replicas', () => [
      [4, 3],
      [5, 3],
    ]);
    expect(await start([A, B, D])).toEqual({ kind: 'recovered', successor: keyOf(3), lost: [] });
    expect(asked).toEqual(['relocate-replicas 2 to 3']);
  });

  it('left by one plan are taken by the next; the first home is the successor', async () => {
    const { able, asked, rehome: start } = scene();
    able.set('relocate-replicas', ({ destination }) => (destination?.hostname.endsWith('3') ? [[4, 3]] : [[5, 1]]));
    expect(await start([A, D])).toEqual({ kind: 'recovered', successor: keyOf(3), lost: [] });
    expect(asked).toEqual(['relocate-replicas 2 to 3', 'relocate-replicas 2 to 1']);
  });

  it('are led by the one below whom the others were regrouped, once it has a source', async () => {
    const { able, rehome: start } = scene();
    able.set('regroup-replicas', () => [[5, 4]]);
    expect(await start([B, D])).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/regrouped, but none/) });
    const second = scene();
    second.able.set('regroup-replicas', () => [[5, 4]]);
    second.able.set('relocate-replicas', () => [[4, 1]]);
    expect(await second.rehome([B, D])).toEqual({ kind: 'recovered', successor: keyOf(4), lost: [] });
  });

  it('left half way by one plan are taken from there by the next, one by one', async () => {
    const { able, asked, halfWay, unconnected, rehome: start } = scene();
    halfWay.add(5);
    unconnected.add(5);
    able.set('relocate-replicas', () => [
      [4, 3],
      [5, 3],
    ]);
    able.set('relocate', () => {
      halfWay.clear();
      unconnected.clear();
      return [[5, 1]];
    });
    expect(await start([A, D])).toEqual({ kind: 'recovered', successor: keyOf(3), lost: [] });
    expect(asked).toEqual(['relocate-replicas 2 to 3', 'relocate 5 to 1']);
  });

  it('left half way are lost when no other plan takes them, and are not sent there twice', async () => {
    const { able, asked, halfWay, rehome: start } = scene();
    halfWay.add(5);
    able.set('relocate-replicas', () => [
      [4, 3],
      [5, 3],
    ]);
    expect(await start([A, A, D])).toEqual({ kind: 'recovered', successor: keyOf(3), lost: [keyOf(5)] });
    expect(asked).toEqual(['relocate-replicas 2 to 3', 'relocate 5 to 1']);
  });

  it('that follow another source which is dead, or that they cannot reach, are lost', async () => {
    const { able, sources, unconnected, rehome: start } = scene({ dead: [3] });
    sources.set(5, keyOf(3));
    able.set('relocate-replicas', () => [[4, 1]]);
    expect(await start([D])).toMatchObject({ kind: 'recovered', lost: [keyOf(5)] });
    const second = scene();
    second.sources.set(5, keyOf(3));
    second.unconnected.add(5);
    second.able.set('relocate-replicas', () => [[4, 1]]);
    expect(await second.rehome([D])).toMatchObject({ kind: 'recovered', lost: [keyOf(5)] });
    expect(unconnected.size).toBe(0);
  });

  it('that a person took elsewhere or detached meanwhile are not lost, and stay there', async () => {
    const { able, asked, sources, rehome: start } = scene();
    sources.set(5, { hostname: '//10.0.0.2', port: 3306 });
    able.set('relocate-replicas', () => [[4, 1]]);
    expect(await start([D])).toEqual({ kind: 'recovered', successor: keyOf(1), lost: [] });
    expect(asked).toEqual(['relocate-replicas 2 to 1']);
  });

  it('that do not answer are lost, and hold up nobody', async () => {
    const { able, rehome: start } = scene({ dead: [5] });
    able.set('relocate-replicas', () => [[4, 1]]);
    expect(await start([D])).toEqual({ kind: 'recovered', successor: keyOf(1), lost: [keyOf(5)] });
  });

  it('stay when nothing can be done, with every reason', async () => {
    expect(await scene().rehome([A, D])).toEqual({
      kind: 'failed',
      reason: `no replica of ${nameOf(2)} could be moved: it may not`,
    });
    expect(await scene().rehome([])).toMatchObject({ reason: expect.stringMatching(/no server near it answers/) });
  });

  it('cross to another data centre upwards alone, not all of them', async () => {
    const prevented = { ...ANYWHERE, preventCrossDataCenter: true };
    const two = scene();
    two.able.set('relocate-replicas', () => [[4, 1]]);
    expect(await two.rehome([D], prevented)).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/2 replicas would cross/),
    });
    expect(two.asked).toEqual([]);
    two.able.set('regroup-replicas', () => [[5, 4]]);
    expect(await two.rehome([B, D], prevented)).toMatchObject({ kind: 'recovered', successor: keyOf(4) });
  });

  it('of a server that nobody remembers are moved one by one', async () => {
    const { able, asked, rehome: start } = scene({ isUnknown: true });
    able.set('relocate', ({ instance }) => [[Number(instance.hostname.at(-1)), 1]]);
    expect(await start([D])).toMatchObject({ kind: 'recovered', successor: keyOf(1) });
    expect(asked).toEqual(['relocate 4 to 1', 'relocate 5 to 1']);
  });
});
