import type { Knock, PrimaryConnection, Testimony } from '../../analysis/failover-policy.ts';
import { isStoppedByOperator, saysSourceIsDead } from '../../analysis/failover-policy.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { ServerFailure } from '../ports.ts';

/** How many knocks are remembered; the policy needs the last few. */
const KNOCKS_KEPT = 50;
/**
 * A crash is noticed by every receiver within milliseconds. One that still runs so long after our session was lost, while
 * new connections are refused, hears a server that has stopped listening and still lives: MySQL 5.6 shuts down so (it
 * closes client sessions without a word and serves its replicas for up to 10 s more).
 */
const STILL_HEARD_MS = 500;

/**
 * What was seen of one primary since the first sign of failure. Plain bookkeeping, no I/O: the investigation feeds it, the
 * policy (analysis/failover-policy) reads it. Times are epoch milliseconds.
 */
export interface Suspicion {
  readonly key: InstanceKey;
  readonly sinceMs: number;
  sessionLost(nowMs: number): void;
  knocked(failure: ServerFailure | null, nowMs: number): void;
  /** A sign that the server is shutting down in order (it answered 1053). */
  shuttingDown(nowMs: number): void;
  /** A replica was read, or failed to answer. */
  heard(replica: ServerRecord, isFresh: boolean, nowMs: number, isSilencedByUs?: boolean): void;
  receiverRestarted(replica: InstanceKey, nowMs: number): void;
  restartedAtMs(replica: InstanceKey): number | null;
  connection(nowMs: number): PrimaryConnection;
  testimonies(): readonly Testimony[];
  /** True when every replica given has answered or failed since the suspicion arose. */
  hasHeardAll(replicas: readonly ServerRecord[]): boolean;
  readonly lastKnock: Knock | null;
}

export function createSuspicion(key: InstanceKey, nowMs: number): Suspicion {
  const knocks: Knock[] = [];
  const heardOf = new Map<string, Testimony>();
  const connectingSince = new Map<string, number>();
  const restarts = new Map<string, number>();
  let lostAtMs: number | null = null;
  let shutdownSign = false;
  let refusedWhileHeardAtMs: number | null = null;
  let lastSignOfLifeMs = nowMs;

  const isHeard = (): boolean =>
    [...heardOf.values()].some(({ isFresh, receiverState }) => isFresh && receiverState === 'running');

  /** A server that shuts down in order lives until nobody hears from it any more: the grace counts from then. */
  function cleanShutdownSinceMs(atMs: number): number | null {
    if (shutdownSign) return lostAtMs === null ? atMs : lastSignOfLifeMs;
    // Only inferred: if its replicas hear it beyond the grace, it is something else, and they are asked to look again.
    return refusedWhileHeardAtMs === null || isHeard() ? refusedWhileHeardAtMs : lastSignOfLifeMs;
  }

  return {
    key,
    sinceMs: nowMs,
    get lastKnock() {
      return knocks.at(-1) ?? null;
    },
    sessionLost(atMs) {
      lostAtMs ??= atMs;
    },
    knocked(failure, atMs) {
      knocks.push({ atMs, result: failure?.kind ?? 'answered', errorNumber: failure?.errorNumber ?? null });
      if (knocks.length > KNOCKS_KEPT) knocks.shift();
      if (failure?.kind === 'shutting-down') this.shuttingDown(atMs);
      if (failure === null) refusedWhileHeardAtMs = null;
    },
    shuttingDown(atMs) {
      shutdownSign = true;
      lastSignOfLifeMs = Math.max(lastSignOfLifeMs, atMs);
    },
    heard(replica, isFresh, atMs, isSilencedByUs = false) {
      const name = formatKey(replica.key);
      const receiver = replica.instance?.replication?.receiver ?? {
        state: 'none' as const,
        errorNumber: 0,
        errorText: '',
      };
      if (isFresh && receiver.state === 'running') {
        lastSignOfLifeMs = Math.max(lastSignOfLifeMs, atMs);
        const isLongLost = lostAtMs !== null && atMs - lostAtMs >= STILL_HEARD_MS;
        if (isLongLost && knocks.at(-1)?.result === 'refused') refusedWhileHeardAtMs ??= atMs;
      }
      if (!isFresh || receiver.state !== 'other') connectingSince.delete(name);
      else if (!connectingSince.has(name)) connectingSince.set(name, atMs);
      const before = heardOf.get(name);
      // It could not connect, and now rests with that error: it gave up (Source_Retry_Count), nobody stopped it.
      const gaveUp =
        receiver.state === 'stopped' && before?.receiverState === 'other' && saysSourceIsDead(receiver.errorNumber);
      heardOf.set(name, {
        key: replica.key,
        receiverState: gaveUp ? 'other' : receiver.state,
        receiverErrorNumber: receiver.errorNumber,
        connectingSinceMs: connectingSince.get(name) ?? null,
        isOperatorStopped: !gaveUp && !isSilencedByUs && isStoppedByOperator(receiver),
        isSilencedByUs,
        isDowntimed: replica.intent.downtime !== null,
        isFresh,
        hasFreshHeartbeat: receiver.state === 'running',
      });
    },
    receiverRestarted(replica, atMs) {
      restarts.set(formatKey(replica), atMs);
    },
    restartedAtMs: (replica) => restarts.get(formatKey(replica)) ?? null,
    connection: (atMs): PrimaryConnection => ({
      pinnedLost: lostAtMs !== null,
      knocks,
      cleanShutdownSinceMs: cleanShutdownSinceMs(atMs),
      isShutdownInferred: !shutdownSign && refusedWhileHeardAtMs !== null,
      deadSinceMs: lostAtMs ?? nowMs,
    }),
    testimonies: () => [...heardOf.values()],
    hasHeardAll: (replicas) => replicas.every(({ key: replica }) => heardOf.has(formatKey(replica))),
  };
}
