import { describe, expect, it, vi } from 'vitest';
import type { AnalysisCode, AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { type Instance, usesOracleGtid } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createSilences } from '../receivers/silences.ts';
import { createStillClock } from '../testing/clocks.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createEmergency, type EmergencyDeps } from './emergency.ts';

const SOURCE = 'p:3306';

interface Options {
  readonly isDisabled?: boolean;
  readonly isInvestigated?: boolean;
}

function scene(replicas: readonly Instance[], options: Options = {}) {
  const servers = createFakeServers();
  const records = [instanceOf(SOURCE), ...replicas].map((instance) => recordOf(instance));
  // Alive: a receiver that is started runs again.
  servers.put(SOURCE, instanceOf(SOURCE));
  for (const replica of replicas) servers.put(formatKey(replica.key), replica);
  const read: string[] = [];
  const clock = createStillClock();
  const taken = { value: false };
  const emergency = createEmergency(
    {
      servers,
      fleet: {
        records: () => records,
        recordOf: (key: Instance['key']) => records.find((one) => formatKey(one.key) === formatKey(key)) ?? null,
      } as unknown as Fleet,
      clock,
      logger: SILENT,
      silences: createSilences(),
      isTaken: () => taken.value,
      readAgain: (key: Instance['key']) => void read.push(formatKey(key)),
      isInvestigated: () => options.isInvestigated === true,
      leadership: { isLeader: () => true },
      intentMirror: { current: () => ({ isRecoveryDisabled: options.isDisabled === true }) },
    } as unknown as EmergencyDeps,
    { probeDeadlineMs: 100 },
  );
  return {
    servers,
    read,
    taken,
    /** Commands sent, as `host command`. */
    sent: () => servers.commands.map(({ server, command }) => `${server} ${command.kind}`),
    pass: clock.pass,
    see: (code: AnalysisCode, key = SOURCE, sourceKey = { hostname: '', port: 0 }) =>
      emergency.onSeen({
        code,
        view: { key: parseKey(key, 3306), sourceKey, replicas: replicas.map((replica) => replica.key) },
      } as unknown as AnalysisEntry),
  };
}

const oracle = (name: string, changes: Partial<Instance> = {}): Instance =>
  instanceOf(name, { replication: replicationOf(SOURCE), ...changes });
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

describe('a source that does not answer while its replicas say Yes and lag', () => {
  const RESTARTED = ['a:3306 stop-receiver', 'a:3306 start-receiver'];

  it.each(['UnreachableMasterWithLaggingReplicas', 'UnreachableIntermediateMasterWithLaggingReplicas'] as const)(
    '%s: has its replicas look again at once, and not again within half a minute',
    async (code) => {
      const { see, sent, pass } = scene([oracle('a:3306')]);
      see(code);
      await vi.waitFor(() => expect(sent()).toEqual(RESTARTED));
      pass(29_000);
      see(code);
      pass(2_000);
      see(code);
      await vi.waitFor(() => expect(sent()).toEqual([...RESTARTED, ...RESTARTED]));
    },
  );

  it('does not touch a MariaDB replica whose applier rests, which would lose its relay log', async () => {
    const resting = mariadbReplica('b:3306', SOURCE, {}, { applier: STOPPED });
    expect(usesOracleGtid(resting)).toBe(false);
    const { see, sent } = scene([resting, mariadbReplica('c:3306', SOURCE)]);
    see('UnreachableMasterWithLaggingReplicas');
    await vi.waitFor(() => expect(sent()).toEqual(['c:3306 stop-receiver', 'c:3306 start-receiver']));
  });

  it('starts no receiver that rests', async () => {
    const { see, sent } = scene([
      oracle('a:3306', { replication: replicationOf(SOURCE, { receiver: STOPPED }) }),
      oracle('b:3306'),
    ]);
    see('UnreachableMasterWithLaggingReplicas');
    await vi.waitFor(() => expect(sent()).toEqual(['b:3306 stop-receiver', 'b:3306 start-receiver']));
  });

  it('touches nobody whom a recovery or an operation has', async () => {
    const { see, sent, taken } = scene([oracle('a:3306')]);
    taken.value = true;
    see('UnreachableMasterWithLaggingReplicas');
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent()).toEqual([]);
  });

  it('changes nothing while recoveries are disabled globally, and looks all the same', async () => {
    const { see, sent, read } = scene([oracle('a:3306')], { isDisabled: true });
    see('UnreachableMasterWithLaggingReplicas');
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent()).toEqual([]);
    expect(read).toEqual([SOURCE]);
  });
});

describe('a closer look', () => {
  it('UnreachableMaster: itself and its replicas, also those below a binlog server', () => {
    const below = instanceOf('c:3306', { replication: replicationOf('b:3306') });
    const { see, read } = scene([oracle('a:3306'), oracle('b:3306', { isBinlogServer: true }), below]);
    see('UnreachableMaster');
    expect(read).toEqual([SOURCE, 'a:3306', 'b:3306', 'c:3306']);
  });

  it.each([
    'LockedSemiSyncMasterHypothesis',
    'AllMasterReplicasNotReplicating',
    'AllMasterReplicasNotReplicatingOrDead',
  ] as const)('%s: itself', (code) => {
    const { see, read } = scene([oracle('a:3306')]);
    see(code);
    expect(read).toEqual([SOURCE]);
  });

  it('FirstTierReplicaFailingToConnectToMaster: its source, if it is known', () => {
    const { see, read } = scene([oracle('a:3306')]);
    see('FirstTierReplicaFailingToConnectToMaster', 'a:3306', parseKey(SOURCE, 3306));
    see('FirstTierReplicaFailingToConnectToMaster', 'a:3306', parseKey('unknown:1', 3306));
    expect(read).toEqual([SOURCE]);
  });

  it('is not taken of one that is being investigated anyway', () => {
    const { see, read } = scene([oracle('a:3306')], { isInvestigated: true });
    see('UnreachableMaster');
    expect(read).toEqual([]);
  });

  it('nothing where all is well', () => {
    const { see, read } = scene([oracle('a:3306')]);
    see('NoProblem');
    see('DeadMaster');
    expect(read).toEqual([]);
  });
});
