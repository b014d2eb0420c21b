import { describe, expect, it } from 'vitest';
import type { AnalysisCode } from '../../../analysis/analysis-entry.ts';
import { formatKey } from '../../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../../model/testing/instances.ts';
import type { OperationRequest } from '../../../plan/operations/request.ts';
import { createFleet } from '../../fleet/fleet.ts';
import { createHurriedClock } from '../../testing/clocks.ts';
import { createFakeServers, SILENT } from '../../testing/fakes.ts';
import { keyOf, nameOf } from '../../testing/recovery-scene.ts';
import type { RecoveryRun } from '../run.ts';
import type { TraceDeps } from '../traces.ts';
import { createRehomingBody } from './body.ts';

const UNHEARD = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' } as const;

/** 1 is above 2, which answers us; 3 is its sibling, 4 and 5 follow it, of which those given hear from it again. */
function scene(code: AnalysisCode, hearing: readonly number[], isForced = false) {
  const clock = createHurriedClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const sources = [null, 1, 1, 2, 2] as const;
  for (const [index, source] of sources.entries()) {
    const number = index + 1;
    const replication = source === null ? null : replicationOf(nameOf(source));
    const unheard = replication === null ? null : { ...replication, receiver: UNHEARD };
    const instance = instanceOf(nameOf(number), {
      serverId: number,
      replication: source === 2 ? unheard : replication,
    });
    fleet.answered(instance);
    const now = source === 2 && hearing.includes(number) ? { ...instance, replication } : instance;
    servers.put(nameOf(number), now);
  }
  const asked: string[] = [];
  const deps = {
    servers,
    fleet,
    clock,
    audit: () => undefined,
    store: { readDeposed: async () => [], currentEpoch: async () => 1 },
    operations: () => ({
      async run({ kind }: OperationRequest) {
        asked.push(kind);
        return { kind: 'refused', refusal: { reason: 'not now' } };
      },
    }),
  } as unknown as TraceDeps;
  const members = [1, 2, 3, 4, 5].map(keyOf);
  const run = {
    uid: 'u',
    isResumed: false,
    errors: [],
    entry: { code, view: { key: keyOf(2), replicas: [4, 5].map(keyOf) } },
    intent: { failed: keyOf(2), members, isForced, epoch: 1 },
  } as unknown as RecoveryRun;
  const body = createRehomingBody('dead-intermediate', deps, {
    preventCrossDataCenter: false,
    preventCrossRegion: false,
    isPromotionIgnored: () => false,
  });
  return { asked, servers, fleet, deps, run, carryOut: () => body.carryOut(run) };
}

describe('a recovery that is gone on with after our own death', () => {
  /** The operation that was left in the middle moves these below 3 when it is finished; 2 is dead. */
  function resumed(moved: readonly number[]) {
    const { servers, fleet, deps, run, carryOut } = scene('DeadIntermediateMaster', []);
    servers.put(nameOf(2), null);
    fleet.failed(keyOf(2), 'refused', false);
    Object.assign(run, { isResumed: true });
    const operations = deps.operations();
    const left = { uid: 'o', purpose: 'relocate', requestedBy: 'recovery u' };
    Object.assign(deps, {
      operations: () => ({
        ...operations,
        unfinished: async () => [left],
        async finish() {
          for (const number of moved) {
            const instance = servers.at(nameOf(number));
            if (instance !== null) servers.put(nameOf(number), { ...instance, replication: replicationOf(nameOf(3)) });
          }
          return { kind: 'done' };
        },
      }),
    });
    return carryOut();
  }

  it('has succeeded when the operation that was left had moved all', async () => {
    expect(await resumed([4, 5])).toEqual({ kind: 'recovered', successor: keyOf(3), lost: [] });
  }, 30_000);

  it('has succeeded in part when the others cannot be moved', async () => {
    expect(await resumed([4])).toEqual({ kind: 'recovered', successor: keyOf(3), lost: [keyOf(5)] });
  }, 30_000);

  it('has failed when nobody follows a living source', async () => {
    expect(await resumed([])).toMatchObject({ kind: 'failed' });
  }, 30_000);
});

describe('a source that answers us, and none of its replicas', () => {
  const code = 'AllIntermediateMasterReplicasFailingToConnectOrDead';

  it('keeps its replicas when one of them hears from it again right before they are moved', async () => {
    const { asked, carryOut } = scene(code, [5]);
    expect(await carryOut()).toEqual({
      kind: 'cancelled',
      reason: `${formatKey(keyOf(5))} hears from ${formatKey(keyOf(2))} again`,
    });
    expect(asked).toEqual([]);
  });

  it('loses them when none does, or a person forces it', async () => {
    for (const given of [scene(code, []), scene(code, [5], true)]) {
      await given.carryOut();
      expect(given.asked).not.toEqual([]);
    }
  });
});
