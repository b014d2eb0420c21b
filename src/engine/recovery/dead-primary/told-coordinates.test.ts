import { expect, it, vi } from 'vitest';
import { replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

const end = (position: number) => ({ kind: 'binlog', file: 'bin.000001', position }) as const;

it.each([true, false])(
  'hooks are told where the log of the successor ended when it was promoted, not at the last poll (ApplyMySQLPromotion %s)',
  async (applyPromotion) => {
    const { recover, put, kill, servers, hooksRun, successorsTold } = recoveryScene({ applyPromotion });
    const gtid = `${uuidOf(1)}:1-10`;
    put(1, null);
    put(2, 1, {
      ownCoordinates: end(100),
      executedGtid: gtid,
      replication: replicationOf(nameOf(1), {
        receivedGtid: gtid,
        receiver: { state: 'other', errorNumber: 2003, errorText: '' },
      }),
    });
    kill(1);
    // It has executed more since the last poll; a reading that leaves out the end of the log keeps what was known.
    const probe = servers.probe;
    vi.spyOn(servers, 'probe').mockImplementation(async (key, request) => {
      const outcome = await probe(key, request);
      if (outcome.kind === 'failed') return outcome;
      const known = request.withoutLogEnd === true ? (request.previous?.ownCoordinates ?? null) : end(900);
      return { ...outcome, instance: { ...outcome.instance, ownCoordinates: known } };
    });
    expect(await recover([2])).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    const told = hooksRun.map((list, index) => [list, successorsTold[index]?.coordinates ?? null]);
    expect(told).toEqual([
      ['PreFailoverProcesses', null],
      ['PostMasterFailoverProcesses', end(900)],
      ['PostFailoverProcesses', end(900)],
    ]);
  },
);
