import { formatKey } from '../model/instance-key.ts';
import type { Acting, FailoverDecision, FailoverQuestion, NotActing, NotActingReason } from './failover-question.ts';
import { notActing } from './failover-question.ts';
import type { KnockResult, KnockVerdict } from './knocks.ts';
import type { Hearing, Testimony } from './testimony.ts';
import { hear } from './testimony.ts';

/** A healthy source is reconnected within tens of milliseconds, so that is when a second look is worth it. */
const LOOK_AGAIN_MS = 100;

/** How many servers a sentence names before it counts the rest. */
const NAMED_AT_MOST = 3;

/**
 * What the replicas say about a primary that failed our own connections, everything else allowing to act.
 * Source: design rule "when to act" (2).
 * @param name the primary as shown to people.
 */
export function judgeWitnesses(name: string, question: FailoverQuestion, verdict: KnockVerdict): FailoverDecision {
  const hearing = hear(question.testimonies, question.nowMs);
  const { alive, dead, unsure, pending } = hearing;
  if (alive.length > 0) {
    const says = `${namesOf(alive)} still ${verb(alive, 'hears', 'hear')} from it`;
    const why = `Not replacing ${name}: it does not answer us, but ${says}`;
    return lookAgain('replicas-say-alive', why, [...alive, ...unsure], question);
  }
  if (dead.length > 0) return { act: true, sentence: actSentence(name, dead, hearing, verdict) } satisfies Acting;
  if (unsure.length > 0) {
    const why = `Not replacing ${name} yet: it does not answer us, but ${namesOf(unsure)} ${verb(unsure, 'has', 'have')} not tried it since`;
    return lookAgain('replicas-unsure', why, unsure, question);
  }
  if (pending.length > 0) {
    const why = `Not replacing ${name} yet: ${namesOf(pending)} ${verb(pending, 'is', 'are')} connecting to it without an answer so far.`;
    return notActing('testimony-pending', why, question.nowMs + LOOK_AGAIN_MS);
  }
  return withoutWitness(name, hearing);
}

/**
 * Receivers are restarted only when our own session is gone: an open one means the server lives, and breaking
 * replication of a living server to find out would be the damage we fear.
 */
function lookAgain(
  because: NotActingReason,
  why: string,
  whom: readonly Testimony[],
  question: FailoverQuestion,
): NotActing {
  const receiversToRestart = question.connection.pinnedLost
    ? whom.filter((testimony) => !testimony.isDowntimed).map((testimony) => testimony.key)
    : [];
  const wantsReceiverRestart = receiversToRestart.length > 0;
  return {
    act: false,
    because,
    sentence: `${why}${wantsReceiverRestart ? '; asked to look again' : ''}.`,
    retryAtMs: question.nowMs + LOOK_AGAIN_MS,
    wantsReceiverRestart,
    receiversToRestart,
  };
}

function withoutWitness(name: string, hearing: Hearing): NotActing {
  const { operatorStopped, otherError, downtimed, silent } = hearing;
  const parts = [
    ...(operatorStopped.length > 0 ? [`${namesOf(operatorStopped)} ${stoppedBy(operatorStopped)}`] : []),
    ...otherError.map((testimony) => `${formatKey(testimony.key)} reports error ${testimony.receiverErrorNumber}`),
    ...(downtimed.length > 0 ? [`${namesOf(downtimed)} downtimed`] : []),
    ...(silent.length > 0 ? [`${namesOf(silent)} not answering us`] : []),
  ];
  if (parts.length === 0) parts.push('it has no replicas');
  const isOnlyStopped = operatorStopped.length > 0 && parts.length === 1;
  const why = isOnlyStopped
    ? `every replica's receiver is ${stoppedBy(operatorStopped)} (${namesOf(operatorStopped)}), so none can say whether it is dead`
    : `no replica that may testify says it is dead (${parts.slice(0, NAMED_AT_MOST + 1).join('; ')})`;
  return notActing(
    isOnlyStopped ? 'replicas-stopped-by-operator' : 'no-eligible-testimony',
    `Not replacing ${name}: it does not answer us, but ${why}; recover replaces it by hand.`,
  );
}

/** A receiver at rest with a connect error may also have reached its retry limit; the server does not tell which. */
const stoppedBy = (whom: readonly Testimony[]): string =>
  whom.some((testimony) => testimony.receiverErrorNumber !== 0)
    ? 'stopped by an operator or at its retry limit'
    : 'stopped by an operator';

const KNOCK_WORDS: Readonly<Record<KnockResult, string>> = {
  answered: 'answered',
  refused: 'refused',
  unreachable: 'without a route',
  unresolved: 'without an address',
  deadline: 'unanswered in time',
  closed: 'closed at once',
  'shutting-down': 'answered with "shutting down"',
  'not-mysql': 'answered by something else',
};

function actSentence(name: string, dead: readonly Testimony[], hearing: Hearing, verdict: KnockVerdict): string {
  const failures =
    verdict.kind === 'dead'
      ? `${verdict.failures} new connections, the last ${KNOCK_WORDS[verdict.result]}`
      : 'our connections';
  const errors = [...new Set(dead.map(deathText))].join(', ');
  const unsure =
    hearing.unsure.length > 0
      ? `; ${namesOf(hearing.unsure)} ${verb(hearing.unsure, 'has', 'have')} not noticed yet`
      : '';
  return `Replacing ${name}: it failed ${failures}, and ${namesOf(dead)} cannot reach it either (${errors})${unsure}.`;
}

const deathText = ({ receiverErrorNumber }: Testimony): string =>
  receiverErrorNumber === 0 ? 'no answer to a new connection' : `error ${receiverErrorNumber}`;

const verb = (whom: readonly Testimony[], one: string, many: string): string => (whom.length === 1 ? one : many);

function namesOf(testimonies: readonly Testimony[]): string {
  const names = testimonies.slice(0, NAMED_AT_MOST).map((testimony) => formatKey(testimony.key));
  const rest = testimonies.length - names.length;
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ');
}
