import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { parseVersion } from '../../model/version.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createExplanations } from './explanations.ts';
import { createHeldCommits, type HeldCommitsDeps } from './held-commits.ts';

const MARIADB = parseVersion('10.11.6-MariaDB', '');
const MYSQL = parseVersion('8.4.3', 'MySQL Community Server - GPL');
const AFTER_MS = 10_000;

interface Given {
  readonly version?: Instance['version'];
  /** How many commits waited when it was last read. */
  readonly waiting?: number;
  /** How many acknowledge; the primary waits for one. */
  readonly acknowledging?: number;
  /** Where its log ends; null: it does not tell. */
  readonly ownCoordinates?: Instance['ownCoordinates'] | 'growing';
  /** What the server itself says. */
  readonly isHeld?: boolean;
  readonly mayRelease?: boolean;
  readonly isReadOnly?: boolean;
  readonly isLeader?: boolean;
  readonly isDisabled?: boolean;
  readonly inMaintenance?: boolean;
  readonly isTaken?: boolean;
}

/** A primary and one replica that has received all; a second goes by at each look. */
function scene(given: Given) {
  const { version = MARIADB, acknowledging = 1, ownCoordinates = null, isHeld = true } = given;
  const clock = createStillClock();
  const plain = { ...instanceOf('x:1').semiSync, available: true };
  let isReleased = false;
  const asked: string[] = [];
  const audited: string[] = [];
  const records = (): ServerRecord[] => {
    const semiSync = { ...plain, sourceEnabled: true, sourceActive: true, waitForReplicaCount: 1 };
    const isGrowing = isReleased || ownCoordinates === 'growing';
    const position = isGrowing
      ? ({ kind: 'binlog', file: 'bin.000001', position: 9 + clock.monotonicMs() } as const)
      : ownCoordinates;
    const primary = recordOf(
      instanceOf('p:3306', {
        version,
        ownCoordinates: position,
        isReadOnly: given.isReadOnly ?? false,
        binlogGtid: '0-1-7',
        semiSync: {
          ...semiSync,
          connectedReplicas: acknowledging,
          waitingCommits: isReleased ? 0 : (given.waiting ?? 1),
        },
      }),
    );
    const replica = instanceOf('a:3306', {
      version,
      semiSync: { ...plain, replicaActive: true },
      replication: replicationOf('p:3306', { positioning: 'mariadb-slave-pos', receivedGtid: '0-1-7' }),
    });
    return [
      { ...primary, intent: { ...primary.intent, inMaintenance: given.inMaintenance ?? false } },
      recordOf(replica),
    ];
  };
  const explanations = createExplanations({ clock, logger: SILENT, emit: () => undefined });
  const deps = {
    clock,
    logger: SILENT,
    explanations,
    fleet: {
      records,
      recordsOfCluster: records,
      recordOf: (key: InstanceKey) => records().find((record) => formatKey(record.key) === formatKey(key)) ?? null,
      answered: () => undefined,
      failed: () => undefined,
    },
    servers: {
      async inquire(_instance: Instance, inquiry: string) {
        asked.push(inquiry);
        return { kind: 'answered', answer: isHeld };
      },
      probe: async () => ({ kind: 'answered', instance: records()[0]?.instance, warnings: [] }),
      async execute(_instance: Instance, { kind }: { kind: string }) {
        asked.push(kind);
        isReleased = true;
        return { kind: 'done', statements: ['KILL it'] };
      },
    },
    markers: {
      async write(_instance: Instance, statement: string) {
        asked.push(statement);
        if (version.flavour === 'mariadb')
          return { kind: 'failed', failure: { kind: 'deadline', errorNumber: null, message: 'no answer' } };
        isReleased = true;
        return { kind: 'written' };
      },
    },
    auditLog: {
      write: async (...row: readonly unknown[]) =>
        void audited.push(row.filter((one) => typeof one === 'string').join(' | ')),
    },
    leadership: { isLeader: () => given.isLeader ?? true },
    intentMirror: { current: () => ({ isRecoveryDisabled: given.isDisabled ?? false }) },
    isTaken: () => given.isTaken ?? false,
  } as unknown as HeldCommitsDeps;
  const settings = {
    afterMs: AFTER_MS,
    mayRelease: given.mayRelease ?? true,
    freshness: { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 },
  };
  const watch = createHeldCommits(deps, settings);
  const look = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      watch.run();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      clock.pass(1_000);
    }
  };
  const said = (): string[] => explanations.list().map(({ verdict, sentence }) => `${verdict}: ${sentence}`);
  return { look, asked, audited, said };
}

describe('commits that hang on a primary with enough acknowledgers', () => {
  it('are released once they have hung for the configured time, and nothing is said any more when they go on', async () => {
    const { look, asked, audited, said } = scene({});
    await look(10);
    expect(asked).toEqual([]);
    await look(1);
    expect(asked).toEqual(['do-commits-hang', 'FLUSH QUERY CACHE', 'kill-log-holder']);
    expect(audited).toEqual(['release-held-commits |  | p:3306: KILL it: what it wrote is received']);
    expect(said()).toEqual(['recovered: Commits that hung on p:3306 go on.']);
    await look(1);
    expect(said()).toEqual([]);
  });

  it.each([
    ['RecoverLockedSemiSyncMaster is off; by hand, KILL the session in state', { mayRelease: false }],
    ['RecoverLockedSemiSyncMaster is off; by hand, any other commit does it', { mayRelease: false, version: MYSQL }],
    ['this node is not the leader', { isLeader: false }],
    ['recoveries are disabled globally', { isDisabled: true }],
    ['it is in maintenance', { inMaintenance: true }],
  ] as const)('are only told: %s', async (why, given) => {
    const { look, asked, said } = scene(given);
    await look(20);
    expect(new Set(asked)).toEqual(new Set(['do-commits-hang']));
    expect(said()).toHaveLength(1);
    expect(said()[0]).toMatch(/^not-acting: Commits on p:3306 hang, though replicas acknowledge \(1\)/);
    expect(said()[0]).toContain(why);
  });

  it.each([
    ['nobody waits', { waiting: 0 }],
    ['its log grows', { ownCoordinates: 'growing' }],
    ['too few acknowledge: that is LockedSemiSyncMaster', { acknowledging: 0 }],
    ['it is closed: that is the fence', { isReadOnly: true }],
    ['a recovery or operation has it', { isTaken: true }],
  ] as const)('are not looked for where %s', async (_, given) => {
    const { look, asked, said } = scene(given);
    await look(30);
    expect([asked, said()]).toEqual([[], []]);
  });

  it('are released on MySQL by another one', async () => {
    const { look, asked, said } = scene({ version: MYSQL });
    await look(11);
    expect(asked).toEqual(['do-commits-hang', 'FLUSH OPTIMIZER_COSTS']);
    expect(said()).toEqual(['recovered: Commits that hung on p:3306 go on.']);
  });

  it('are not told where they end when one looks closely', async () => {
    const { look, asked, said } = scene({ isHeld: false });
    await look(30);
    expect(new Set(asked)).toEqual(new Set(['do-commits-hang']));
    expect(said()).toEqual([]);
  });
});
