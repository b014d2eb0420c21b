import { formatCoordinates } from '../../model/coordinates.ts';
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
 * Semi-sync primaries whose commits hang although as many replicas acknowledge as they wait for: what waits was received before those could
 * say so (their connection broke, or they were asynchronous), and is not sent again. No historic code tells of it (LockedSemiSyncMaster needs too
 * few acknowledgers). Where every client hangs it does not end before the server's own timeout; on MariaDB under AFTER_SYNC two are enough. It is
 * told, and ended where the configuration allows it.
 */
export function createHeldCommits(deps: HeldCommitsDeps, settings: HeldCommitsSettings): { run(): void } {
  const { fleet, clock, explanations } = deps;
  /** Where the log of each stands that may be one, and from when on (monotonic) it is looked at. */
  const suspects = new Map<string, { readonly place: string; dueMs: number }>();

  function mayHang(record: ServerRecord): boolean {
    const { instance, check } = record;
    // What waits on a closed one is the fence's matter: it must not be told OK.
    if (instance === null || instance.isReadOnly || !isPrimaryRecord(record)) return false;
    const { sourceEnabled, sourceActive, connectedReplicas, waitForReplicaCount, waitingCommits } = instance.semiSync;
    const hasEnough = sourceEnabled && sourceActive && connectedReplicas >= Math.max(1, waitForReplicaCount);
    return hasEnough && waitingCommits > 0 && isLastCheckValid(check, settings.freshness);
  }

  /** Why nothing is done about it; null when something may be. */
  function objection({ intent, instance }: ServerRecord): string | null {
    if (!settings.mayRelease) {
      const byHand =
        instance?.version.flavour === 'mariadb'
          ? 'KILL the session in state "Waiting for semi-sync ACK"'
          : 'any other commit does it';
      return `RecoverLockedSemiSyncMaster is off; by hand, ${byHand}`;
    }
    if (!deps.leadership.isLeader()) return 'this node is not the leader';
    if (deps.intentMirror.current()?.isRecoveryDisabled !== false) return 'recoveries are disabled globally';
    if (intent.downtime !== null) return 'it is downtimed; end-downtime lets recovery act';
    return intent.inMaintenance ? 'it is in maintenance' : null;
  }

  const doHang = async ({ instance }: ServerRecord): Promise<boolean> => {
    if (instance === null) return false;
    const outcome = await deps.servers.inquire(instance, 'do-commits-hang', { deadlineMs: LOOK_MS });
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
    if (!(await doHang(record))) return explanations.dropOf(record.position.clusterName, record.key);
    const why = objection(record);
    if (why === null) return release(record);
    const count = record.instance?.semiSync.connectedReplicas ?? 0;
    const sentence = `Commits on ${name} hang, though replicas acknowledge (${count}): what waits was received before they could say so. Not released: ${why}.`;
    explanations.sayOf(record.position.clusterName, record.key, 'not-acting', sentence);
  }

  /** A MariaDB server does not tell where its log ends while commits hold that. */
  const placeOf = ({ instance }: ServerRecord): string =>
    instance?.ownCoordinates == null ? '' : formatCoordinates(instance.ownCoordinates);

  function look(record: ServerRecord): void {
    const name = formatKey(record.key);
    const suspect = suspects.get(name);
    const nowMs = clock.monotonicMs();
    const place = placeOf(record);
    if (suspect?.place !== place) {
      if (suspect !== undefined) explanations.dropOf(record.position.clusterName, record.key);
      suspects.set(name, { place, dueMs: nowMs + settings.afterMs });
    } else if (nowMs >= suspect.dueMs && !deps.isTaken(record.key)) {
      suspect.dueMs = Number.POSITIVE_INFINITY;
      consider(record)
        .catch((thrown) => deps.logger.error({ err: thrown, server: name }, 'commits that hang could not be seen to'))
        .finally(() => {
          suspect.dueMs = clock.monotonicMs() + AGAIN_AFTER_MS;
        });
    }
  }

  return {
    run() {
      for (const record of fleet.records()) {
        if (mayHang(record)) look(record);
        else if (suspects.delete(formatKey(record.key))) explanations.dropOf(record.position.clusterName, record.key);
      }
    },
  };
}
