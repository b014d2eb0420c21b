import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import {
  type FreshnessSettings,
  isLastCheckValid,
  isPrimaryRecord,
  replicasOf,
  type ServerRecord,
} from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { IntentMirror } from '../fleet/intent-mirror.ts';
import type { MarkerWriter } from '../ports/binlog.ts';
import type { AuditStore, Clock, Leadership, Logger, Servers } from '../ports.ts';
import { readFully } from '../recovery/read-fully.ts';
import { releaseCommits } from '../recovery/release-commits.ts';
import type { Explanations } from './explanations.ts';

const LOOK_MS = 2_000;
/** A primary that nothing was, or could be, done about is not looked at again before this. */
const AGAIN_AFTER_MS = 5_000;

export interface HeldCommitsDeps {
  readonly fleet: Pick<Fleet, 'records' | 'recordOf' | 'recordsOfCluster' | 'answered' | 'failed'>;
  readonly servers: Servers;
  readonly markers: MarkerWriter;
  readonly auditLog: Pick<AuditStore, 'write'>;
  readonly explanations: Pick<Explanations, 'sayOf' | 'dropOf'>;
  readonly leadership: Pick<Leadership, 'isLeader'>;
  /** Knows the global switch. */
  readonly intentMirror: Pick<IntentMirror, 'current'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A recovery or an operation of ours works at it. */
  isTaken(key: InstanceKey): boolean;
}

export interface HeldCommitsSettings {
  /** ReasonableLockedSemiSyncMasterSeconds: how long it must last. */
  readonly afterMs: number;
  /** RecoverLockedSemiSyncMaster. */
  readonly mayRelease: boolean;
  readonly freshness: FreshnessSettings;
}

/**
 * MariaDB primaries whose commits hang although as many replicas acknowledge as they wait for: what waits was received before those could say so
 * (their connection broke, or they were asynchronous), and is not sent again. No historic code tells of it (LockedSemiSyncMaster needs too few
 * acknowledgers), nor does it end by itself before the server's own timeout. It is told, and ended where the configuration allows it.
 */
export function createHeldCommits(deps: HeldCommitsDeps, settings: HeldCommitsSettings): { run(): void } {
  const { fleet, clock, explanations } = deps;
  /** Those that do not tell where their log ends, and from when on (monotonic) each is looked at. */
  const suspects = new Map<string, { dueMs: number }>();

  function mayBeHeld(record: ServerRecord): boolean {
    const { instance, check } = record;
    if (instance?.version.flavour !== 'mariadb' || !isPrimaryRecord(record)) return false;
    const { sourceEnabled, sourceActive, connectedReplicas, waitForReplicaCount } = instance.semiSync;
    const hasEnough = sourceEnabled && sourceActive && connectedReplicas >= Math.max(1, waitForReplicaCount);
    // It is not asked where its log ends while commits hold that.
    return hasEnough && instance.ownCoordinates === null && isLastCheckValid(check, settings.freshness);
  }

  /** Why nothing is done about it; null when something may be. */
  function objection({ intent }: ServerRecord): string | null {
    if (!settings.mayRelease)
      return 'RecoverLockedSemiSyncMaster lets the session that holds the log be ended; by hand, KILL the one in state "Waiting for semi-sync ACK"';
    if (!deps.leadership.isLeader()) return 'this node is not the leader';
    if (deps.intentMirror.current()?.isRecoveryDisabled !== false) return 'recoveries are disabled globally';
    if (intent.downtime !== null) return 'it is downtimed; end-downtime lets recovery act';
    return intent.inMaintenance ? 'it is in maintenance' : null;
  }

  const isHeld = async ({ instance }: ServerRecord): Promise<boolean> => {
    if (instance === null) return false;
    const outcome = await deps.servers.inquire(instance, 'is-log-held', { deadlineMs: LOOK_MS });
    return outcome.kind === 'answered' && outcome.answer === true;
  };

  async function release({ key, position }: ServerRecord): Promise<void> {
    const { clusterName } = position;
    const name = formatKey(key);
    const members = [key, ...replicasOf(key, fleet.recordsOfCluster(clusterName)).map((replica) => replica.key)];
    const audit = (message: string): void => {
      deps.logger.warn({ server: name, cluster: clusterName, step: message }, 'commits that hang');
      deps.auditLog
        .write('release-held-commits', key, clusterName, message)
        .catch((thrown) => deps.logger.error({ err: thrown, server: name }, 'an audit row could not be written'));
    };
    const readAgain = (): Promise<void> => readFully(members, deps);
    const problem = await releaseCommits(key, { ...deps, freshness: settings.freshness, readAgain, audit });
    if (problem === null) explanations.sayOf(clusterName, key, 'recovered', `Commits that hung on ${name} go on.`);
    else {
      audit(problem);
      explanations.sayOf(clusterName, key, 'failed', `${problem}.`);
    }
  }

  async function consider(record: ServerRecord): Promise<void> {
    const name = formatKey(record.key);
    if (!(await isHeld(record))) {
      suspects.delete(name);
      return explanations.dropOf(record.position.clusterName, record.key);
    }
    const why = objection(record);
    if (why === null) return release(record);
    const count = record.instance?.semiSync.connectedReplicas ?? 0;
    const sentence = `Commits on ${name} hang, though replicas acknowledge (${count}): what waits was received before they could say so. Not released: ${why}.`;
    explanations.sayOf(record.position.clusterName, record.key, 'not-acting', sentence);
  }

  return {
    run() {
      for (const record of fleet.records()) {
        const name = formatKey(record.key);
        const suspect = suspects.get(name);
        if (!mayBeHeld(record)) {
          if (suspect === undefined) continue;
          suspects.delete(name);
          explanations.dropOf(record.position.clusterName, record.key);
          continue;
        }
        const nowMs = clock.monotonicMs();
        if (suspect === undefined) suspects.set(name, { dueMs: nowMs + settings.afterMs });
        else if (nowMs >= suspect.dueMs && !deps.isTaken(record.key)) {
          suspect.dueMs = Number.POSITIVE_INFINITY;
          consider(record)
            .catch((thrown) =>
              deps.logger.error({ err: thrown, server: name }, 'commits that hang could not be seen to'),
            )
            .finally(() => {
              suspect.dueMs = clock.monotonicMs() + AGAIN_AFTER_MS;
            });
        }
      }
    },
  };
}
