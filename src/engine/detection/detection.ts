import type { FailoverDecision } from '../../analysis/failover-policy.ts';
import { saysSourceIsDead } from '../../analysis/failover-policy.ts';
import type { FailoverSwitches } from '../../analysis/failover-question.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { isPrimaryRecord, replicasOf } from '../../model/server-record.ts';
import type { FleetChange } from '../fleet/fleet.ts';
import type { ServerFailure, SessionEvent } from '../ports.ts';
import type { RestartDeps } from '../receivers/restart-receiver.ts';
import type { Investigation, InvestigationSettings } from './investigation.ts';
import { startInvestigation } from './investigation.ts';

export interface DetectionSettings extends InvestigationSettings {
  /** PrimaryPulseMilliseconds: how often a primary is asked for a sign of life on its pinned session. 0 = only by polls. */
  readonly pulseMs: number;
}

export interface DetectionDeps extends RestartDeps {
  switchesOf(source: ServerRecord): FailoverSwitches;
  /** See InvestigationDeps. */
  silencedByUs(key: InstanceKey): Promise<ReadonlySet<string>>;
  /** True while a recovery of this server is under way: nothing is investigated then. */
  isBeingRecovered(key: InstanceKey): boolean;
  /** The source is dead and may be recovered. `suspectedAtMs`: the first sign of it, epoch milliseconds. */
  onDead(source: ServerRecord, sentence: string, suspectedAtMs: number): void;
  /** Every decision not to act, and the end of a suspicion (null). */
  onExplained(source: ServerRecord, decision: Exclude<FailoverDecision, { act: true }> | null): void;
  /** A server without replicas lost our session: read it again at once. */
  readAgain(key: InstanceKey): void;
}

export interface Detection {
  /** Looks at a source afresh, e.g. after somebody lifted a downtime or acknowledged a recovery. */
  suspect(key: InstanceKey): void;
  /** Since when a source is under investigation, epoch milliseconds; null when it is not. */
  suspectedSinceMs(key: InstanceKey): number | null;
  /** Sends the pulses that are due. Called by a tick. */
  pulse(): void;
  close(): void;
}

/**
 * Detection is testimony, not a tick (design §3.3). A suspicion of a source (a primary, or one in the middle of a tree) arises when its pinned session closes, when a
 * probe or pulse fails, or when a replica's receiver cannot reach it; the investigation then decides.
 */
export function createDetection(deps: DetectionDeps, settings: DetectionSettings): Detection {
  const { servers, fleet, clock, logger } = deps;
  const open = new Map<string, Investigation>();
  const pulsing = new Set<string>();
  /** Since when (monotonic) servers have been silent that were suspected; forgotten at their next answer. */
  const suspectSince = new Map<string, number>();
  let isClosed = false;

  /** Whatever has replicas: a primary, a source in the middle of a tree, a member of a group. */
  const isWatched = (record: ServerRecord | null): record is ServerRecord =>
    record !== null && replicasOf(record.key, fleet.records()).length > 0;

  const placeOf = (record: ServerRecord | null): string =>
    record === null || isPrimaryRecord(record) ? 'primary' : 'source';

  /** The investigation of a source, begun if there is none; null when the server has no replicas or is being recovered. */
  function investigate(key: InstanceKey, because: string): Investigation | null {
    const name = formatKey(key);
    const known = open.get(name);
    if (known !== undefined) return known;
    const record = fleet.recordOf(key);
    if (isClosed || !isWatched(record) || deps.isBeingRecovered(key)) return null;
    const sinceMs = suspectSince.get(name);
    if (sinceMs === undefined) logger.info({ server: name, because }, `${placeOf(record)} suspected`);
    const pacedFromMs = sinceMs ?? clock.monotonicMs();
    suspectSince.set(name, pacedFromMs);
    const investigation = startInvestigation(key, { ...deps, onDecision, onAlive }, settings, pacedFromMs);
    open.set(name, investigation);
    // A session that was lost before this investigation began is not lost again: without this it would pass for open.
    if (fleet.recordOf(key)?.check.failure !== null) investigation.sessionLost();
    return investigation;
  }

  function end(key: InstanceKey): void {
    open.get(formatKey(key))?.stop();
    open.delete(formatKey(key));
  }

  function onDecision(key: InstanceKey, decision: FailoverDecision): void {
    const source = fleet.recordOf(key);
    if (source === null) {
      end(key);
      return;
    }
    if (!decision.act) {
      deps.onExplained(source, decision);
      return;
    }
    const suspectedAtMs = open.get(formatKey(key))?.suspicion.sinceMs ?? clock.now();
    end(key);
    deps.onDead(source, decision.sentence, suspectedAtMs);
  }

  function onAlive(key: InstanceKey): void {
    end(key);
    suspectSince.delete(formatKey(key));
    const record = fleet.recordOf(key);
    logger.info({ server: formatKey(key) }, `suspicion over, the ${placeOf(record)} answers`);
    deps.readAgain(key);
    if (record !== null) deps.onExplained(record, null);
  }

  function onFailure(key: InstanceKey, failure: ServerFailure): void {
    const investigation = investigate(key, failure.message);
    if (failure.kind === 'shutting-down') investigation?.shuttingDown();
    investigation?.sessionLost();
  }

  function onSession({ key, failure }: SessionEvent): void {
    const record = fleet.recordOf(key);
    if (record === null) return;
    if (isWatched(record)) onFailure(key, failure);
    else deps.readAgain(key);
  }

  /** A failed poll of a source, or a replica that says its source is gone. */
  function onFleet({ key, what }: FleetChange): void {
    if (what === 'forgotten' || what === 'answered') suspectSince.delete(formatKey(key));
    if (what === 'forgotten') {
      end(key);
      return;
    }
    const record = fleet.recordOf(key);
    if (record === null) return;
    if (what === 'failed' && isWatched(record)) {
      investigate(key, record.check.failure ?? 'a check failed')?.sessionLost();
    }
    const receiver = record.instance?.replication?.receiver;
    const source = record.instance?.replication?.source;
    if (
      what === 'answered' &&
      source !== undefined &&
      receiver?.state === 'other' &&
      saysSourceIsDead(receiver.errorNumber)
    ) {
      if (!open.has(formatKey(source)))
        investigate(source, `${formatKey(key)} cannot reach it (error ${receiver.errorNumber})`);
    }
  }

  async function pulseOf(record: ServerRecord): Promise<void> {
    const name = formatKey(record.key);
    if (pulsing.has(name) || open.has(name) || deps.isBeingRecovered(record.key)) return;
    pulsing.add(name);
    const sinceMs = clock.monotonicMs();
    const request = { deadlineMs: settings.probeDeadlineMs, depth: 'replication', previous: record.instance } as const;
    const outcome = await servers.probe(record.key, request).finally(() => pulsing.delete(name));
    if (outcome.kind === 'failed') onFailure(record.key, outcome.failure);
    else fleet.pulsed(outcome.instance, sinceMs);
  }

  const stopSessions = servers.onSessionEvent(onSession);
  const stopFleet = fleet.onChange(onFleet);
  return {
    suspect: (key) => void investigate(key, 'asked to look again'),
    suspectedSinceMs: (key) => open.get(formatKey(key))?.suspicion.sinceMs ?? null,
    pulse() {
      for (const record of fleet.records()) {
        // Only servers that answered before: a pulse is about losing a server, polls are about finding it.
        const isHead = isPrimaryRecord(record) || record.position.isCoPrimary;
        if (record.check.failure === null && isHead && isWatched(record)) {
          pulseOf(record).catch((thrown) => logger.error({ err: thrown }, 'a pulse failed'));
        }
      }
    },
    close() {
      isClosed = true;
      stopSessions();
      stopFleet();
      for (const investigation of open.values()) investigation.stop();
      open.clear();
    },
  };
}
