import type { FailoverDecision, Testimony } from '../../analysis/failover-policy.ts';
import { decideFailover } from '../../analysis/failover-policy.ts';
import type { FailoverGraces, FailoverSwitches } from '../../analysis/failover-question.ts';
import { messageOf } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { replicasOf } from '../../model/server-record.ts';
import type { RestartDeps } from '../receivers/restart-receiver.ts';
import { askToLookAgain } from './look-again.ts';
import type { Suspicion } from './suspicion.ts';
import { createSuspicion } from './suspicion.ts';

export interface InvestigationSettings {
  /** How long an answer is waited for, milliseconds. */
  readonly probeDeadlineMs: number;
  readonly graces: FailoverGraces;
}

export interface InvestigationDeps extends RestartDeps {
  /** What people decided, as known now. The registration of a recovery reads it once more, in its transaction. */
  switchesOf(primary: ServerRecord): FailoverSwitches;
  /** Replicas (host:port) of a primary whose receiver an earlier recovery of ours left stopped, and which may be started now. */
  silencedByUs(key: InstanceKey): Promise<ReadonlySet<string>>;
  /** Hears every decision. `act` ends the investigation. */
  onDecision(key: InstanceKey, decision: FailoverDecision): void;
  /** The server serves us again (or was found to be alive all along). */
  onAlive(key: InstanceKey): void;
}

export interface Investigation {
  readonly suspicion: Suspicion;
  sessionLost(): void;
  shuttingDown(): void;
  stop(): void;
}

/** Pauses: keen in the first second, when a crash is decided; then ever calmer, so that a dead server costs nothing. */
const PAUSES: readonly { readonly untilMs: number; readonly pauseMs: number }[] = [
  { untilMs: 300, pauseMs: 10 },
  { untilMs: 2_000, pauseMs: 50 },
  { untilMs: 15_000, pauseMs: 200 },
];
const CALM_PAUSE_MS = 1_000;
/** Two knocks count as two only with this much time between (design §5). */
const KNOCK_PAUSE_MS = 21;
/** How long the first round of testimonies may take before a decision is made without the slow ones. */
const HEARING_MS = 300;
/** What an earlier recovery left stopped is asked of the backend at most this often. */
const SILENCED_REFRESH_MS = 3_000;
/** A server is counted reachable when it answered this recently. */
const REACHABLE_WITHIN_MS = 3_000;

/**
 * Finds out whether a suspected primary is dead. Two loops run side by side, knocking at the primary and reading its replicas;
 * the policy is asked after every answer. States: gathering (the policy says not yet) → acting (it said act; the recovery takes
 * over) | cleared (the primary answered). It ends only by one of the two, or by stop().
 *
 * `suspectSinceMs` (monotonic): when the primary was first suspected, where this is not the first investigation of one failure
 * (a recovery was blocked, or failed); it sets the pace.
 */
export function startInvestigation(
  key: InstanceKey,
  deps: InvestigationDeps,
  settings: InvestigationSettings,
  suspectSinceMs: number = deps.clock.monotonicMs(),
): Investigation {
  const { servers, fleet, clock, logger } = deps;
  const name = formatKey(key);
  const [startedMs, startedAtMs] = [clock.monotonicMs(), clock.now()];
  /** Epoch milliseconds that only go on: the wall clock may be set while a server is suspected, and all is judged by what lies between. */
  const steadyNow = (): number => startedAtMs + clock.monotonicMs() - startedMs;
  const suspicion = createSuspicion(key, startedAtMs);
  const controller = new AbortController();
  const { signal } = controller;
  let silencedByUs: ReadonlySet<string> = new Set();
  let silencedReadMs = Number.NEGATIVE_INFINITY;

  const pauseMs = (): number =>
    PAUSES.find(({ untilMs }) => clock.monotonicMs() - suspectSinceMs < untilMs)?.pauseMs ?? CALM_PAUSE_MS;
  const directReplicas = (): ServerRecord[] => replicasOf(key, fleet.records());

  /** Looks again and again until the end. A look that fails by a mistake of ours must not leave the primary unwatched. */
  async function repeat(look: () => Promise<void>, leastPauseMs: number): Promise<void> {
    let told = '';
    while (!signal.aborted) {
      try {
        await look();
        if (!signal.aborted) evaluate();
      } catch (thrown) {
        if (told !== messageOf(thrown)) logger.error({ err: thrown, server: name }, 'a look at a suspect failed');
        told = messageOf(thrown);
      }
      await clock.sleep(Math.max(leastPauseMs, pauseMs()), signal);
    }
  }

  async function knock(): Promise<void> {
    const outcome = await servers.knock(key, settings.probeDeadlineMs);
    if (signal.aborted) return;
    if (outcome.kind === 'answered') {
      suspicion.knocked(null, steadyNow());
      await clearIfServing();
    } else {
      suspicion.knocked(outcome.failure, steadyNow());
      if (suspicion.connection(steadyNow()).pinnedLost) fleet.failed(key, outcome.failure.message, false);
    }
  }

  /** A new connection was answered: a full reading ends the suspicion. */
  async function clearIfServing(): Promise<void> {
    const outcome = await servers.probe(key, { deadlineMs: settings.probeDeadlineMs, depth: 'full', previous: null });
    if (signal.aborted || outcome.kind === 'failed') return;
    controller.abort();
    deps.onAlive(key);
  }

  async function readReplicas(): Promise<void> {
    readSilenced();
    await Promise.all(directReplicas().map(readReplica));
  }

  /** Only a replica at rest can be one of those, so that an ordinary failure costs no question to the backend. */
  function readSilenced(): void {
    const isAnyAtRest = directReplicas().some(({ instance }) => instance?.replication?.receiver.state === 'stopped');
    if (!isAnyAtRest || clock.monotonicMs() - silencedReadMs < SILENCED_REFRESH_MS) return;
    silencedReadMs = clock.monotonicMs();
    // Not waited for: the backend may be away, and the hearing goes on without it.
    deps.silencedByUs(key).then(
      (names) => {
        silencedByUs = names;
      },
      (thrown) => logger.warn({ err: thrown, server: name }, 'what an earlier recovery left stopped cannot be read'),
    );
  }

  async function readReplica(record: ServerRecord): Promise<void> {
    const outcome = await servers.probe(record.key, {
      deadlineMs: settings.probeDeadlineMs,
      depth: 'replication',
      previous: record.instance,
    });
    // Forgotten meanwhile: taken in again it would be back for good.
    if (signal.aborted || fleet.recordOf(record.key) === null) return;
    if (outcome.kind === 'answered') fleet.answered(outcome.instance);
    else fleet.failed(record.key, outcome.failure.message, outcome.isPartial);
    const isSilenced = silencedByUs.has(formatKey(record.key));
    suspicion.heard(fleet.recordOf(record.key) ?? record, outcome.kind === 'answered', steadyNow(), isSilenced);
    evaluate();
  }

  /** Nobody is judged before all witnesses had their chance to speak, the slow ones excepted. */
  const isHearingOver = (): boolean =>
    suspicion.hasHeardAll(directReplicas()) || clock.monotonicMs() - startedMs > HEARING_MS;

  function othersReachable(): number {
    const since = clock.now() - REACHABLE_WITHIN_MS;
    return fleet
      .records()
      .filter(
        ({ key: other, check }) => !sameKey(other, key) && check.failure === null && (check.lastSeenAtMs ?? 0) >= since,
      ).length;
  }

  /** One that was moved to another source meanwhile has nothing to say of this one. */
  function isOfReplica({ key: replica }: Testimony): boolean {
    const source = fleet.recordOf(replica)?.instance?.replication?.source;
    return source !== undefined && sameKey(source, key);
  }

  function evaluate(): void {
    const primary = fleet.recordOf(key);
    if (signal.aborted || primary === null || !isHearingOver()) return;
    const nowMs = steadyNow();
    const decision = decideFailover({
      primary,
      connection: suspicion.connection(nowMs),
      testimonies: suspicion.testimonies().filter(isOfReplica),
      othersReachable: othersReachable(),
      switches: deps.switchesOf(primary),
      graces: settings.graces,
      nowMs,
    });
    if (decision.act) controller.abort();
    else if (decision.wantsReceiverRestart) {
      const elapsedMs = clock.monotonicMs() - startedMs;
      askToLookAgain(
        deps,
        suspicion,
        decision.receiversToRestart.map((replica) => ({
          key: replica,
          mayStart: silencedByUs.has(formatKey(replica)),
        })),
        { nowMs, elapsedMs },
        settings.probeDeadlineMs,
      );
    }
    deps.onDecision(key, decision);
  }

  void repeat(knock, KNOCK_PAUSE_MS);
  void repeat(readReplicas, 0);

  return {
    suspicion,
    sessionLost() {
      suspicion.sessionLost(steadyNow());
    },
    shuttingDown() {
      suspicion.shuttingDown(steadyNow());
    },
    stop: () => controller.abort(),
  };
}
