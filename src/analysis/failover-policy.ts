import { formatKey } from '../model/instance-key.ts';
import type {
  FailoverDecision,
  FailoverQuestion,
  FailoverSwitches,
  NotActing,
  NotActingReason,
} from './failover-question.ts';
import { notActing } from './failover-question.ts';
import { judgeWitnesses } from './failover-witnesses.ts';
import type { KnockVerdict } from './knocks.ts';
import { judgeKnocks } from './knocks.ts';

export type {
  Acting,
  FailoverDecision,
  FailoverGraces,
  FailoverQuestion,
  FailoverSwitches,
  NotActing,
  NotActingReason,
  PrimaryConnection,
} from './failover-question.ts';
export { NOT_ACTING_REASONS } from './failover-question.ts';
export type { Knock, KnockResult } from './knocks.ts';
export type { Testimony } from './testimony.ts';
export { isStoppedByOperator, saysSourceIsDead } from './testimony.ts';

/** The question with what is concluded from the knocks. */
interface Case {
  readonly question: FailoverQuestion;
  readonly name: string;
  readonly verdict: KnockVerdict;
  /** Since when it shuts down cleanly, by the session or by a knock answered 1053; null = no such sign. */
  readonly shutdownSinceMs: number | null;
  readonly isShutdownGracePast: boolean;
}

/**
 * May this dead primary be replaced now, without a hand? The rule is the design's "when to act": (1) our own
 * connections failed twice, (2) a replica says nobody is there and none says otherwise, (3) this node is not itself
 * cut off, (4) nothing that people decided forbids it. The analysis code plays no part.
 * Pure: same question, same answer; every answer carries one sentence.
 */
export function decideFailover(question: FailoverQuestion): FailoverDecision {
  const it = openCase(question);
  return (
    livenessObjection(it) ??
    ownNetworkObjection(it) ??
    switchObjection(it.name, question.switches) ??
    graceObjection(it) ??
    judgeWitnesses(it.name, question, it.verdict)
  );
}

function openCase(question: FailoverQuestion): Case {
  const { connection, graces, nowMs } = question;
  const sinceMs = connection.deadSinceMs ?? Number.NEGATIVE_INFINITY;
  const knocks = connection.knocks.filter((knock) => knock.atMs >= sinceMs);
  const verdict = judgeKnocks(knocks, nowMs);
  const fromKnock = 'shuttingDownSinceMs' in verdict ? verdict.shuttingDownSinceMs : null;
  const shutdownSinceMs = connection.cleanShutdownSinceMs ?? fromKnock;
  const isShutdownGracePast = shutdownSinceMs !== null && nowMs >= shutdownSinceMs + graces.cleanShutdownGraceMs;
  return { question, name: formatKey(question.primary.key), verdict, shutdownSinceMs, isShutdownGracePast };
}

function livenessObjection({ question, name, verdict, shutdownSinceMs, isShutdownGracePast }: Case): NotActing | null {
  if (verdict.kind === 'answered') {
    const how =
      verdict.errorNumber === null
        ? 'it accepts new connections, so it is slow or our session was cut, but it is not dead'
        : `it answered a new connection with error ${verdict.errorNumber}, so it will not serve us but it is alive`;
    return notActing('primary-answers', `Not replacing ${name}: ${how}.`);
  }
  if (!question.connection.pinnedLost && shutdownSinceMs === null) {
    return notActing('session-open', `Not replacing ${name}: our session to it is open and answers in time.`);
  }
  if (verdict.kind === 'inconclusive') {
    return verdict.result === 'unresolved'
      ? notActing(
          'name-unresolved',
          `Not replacing ${name}: its name does not resolve on this node, which says nothing about the server; check DNS.`,
        )
      : notActing(
          'not-mysql',
          `Not replacing ${name}: what answers at its address is not a MySQL server; check host and port.`,
        );
  }
  const isWaitingAnyway = shutdownSinceMs !== null && !isShutdownGracePast;
  if (verdict.kind === 'unconfirmed' && !isWaitingAnyway) {
    return notActing(
      'unconfirmed',
      `Not replacing ${name} yet: two fresh connections in a row must fail first.`,
      verdict.retryAtMs,
    );
  }
  return null;
}

function ownNetworkObjection({ question, name }: Case): NotActing | null {
  if (question.othersReachable > 0) return null;
  return notActing(
    'own-network-cut-off',
    `Not replacing ${name}: this node reaches no other server either, so its own network is the likelier fault.`,
  );
}

function switchObjection(name: string, switches: FailoverSwitches): NotActing | null {
  const no = (because: NotActingReason, why: string): NotActing => notActing(because, `Not replacing ${name}: ${why}.`);
  if (switches.isDowntimed) return no('downtimed', 'it is downtimed; end-downtime lets recovery act');
  if (switches.inMaintenance) return no('in-maintenance', 'it is in maintenance; end-maintenance lets recovery act');
  if (switches.inPlannedOperation) return no('planned-operation', 'a planned operation is under way on its cluster');
  if (switches.isGloballyDisabled) {
    return no('globally-disabled', 'recoveries are disabled globally; enable-global-recoveries lets them act');
  }
  if (!switches.hasAutomatedRecovery) {
    const filters = switches.filterKey ?? 'RecoverMasterClusterFilters';
    return no('not-automated', `${filters} do not match its cluster; recover replaces it by hand`);
  }
  if (switches.isBlocked) {
    return no(
      'blocked',
      'a recovery of its cluster is under way or ended within the block period; ack-cluster-recoveries lifts the block',
    );
  }
  return null;
}

function graceObjection({ question, name, shutdownSinceMs, isShutdownGracePast }: Case): NotActing | null {
  const { connection, graces, nowMs } = question;
  if (shutdownSinceMs !== null) {
    if (isShutdownGracePast) return null;
    const why = connection.isShutdownInferred
      ? 'it refused new connections while its replicas still heard from it, as a server shutting down cleanly does,'
      : 'it is shutting down cleanly';
    return notActing(
      'clean-shutdown-grace',
      `Not replacing ${name} yet: ${why} and has ${graces.cleanShutdownGraceMs} ms to come back.`,
      shutdownSinceMs + graces.cleanShutdownGraceMs,
    );
  }
  const restartUntilMs = (connection.deadSinceMs ?? nowMs) + graces.primaryRestartGraceMs;
  if (nowMs >= restartUntilMs) return null;
  return notActing(
    'restart-grace',
    `Not replacing ${name} yet: it may be restarting and has ${graces.primaryRestartGraceMs} ms to come back.`,
    restartUntilMs,
  );
}
