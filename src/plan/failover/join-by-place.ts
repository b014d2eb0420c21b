import { compareCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import type { Objection, Step } from '../plan.ts';
import { commandStep, correlateStep, waitStep } from '../steps/build.ts';
import { usesGtid } from '../steps/flavour.ts';
import { changeSourceStep, startAppliedStep, startReceiverStep } from '../steps/replica.ts';
import { isListening } from '../steps/threads.ts';
import type { Destination } from '../steps/types.ts';
import { isHeldByDelay } from './eligibility.ts';
import type { FailoverInput, Participant } from './input.ts';
import { comeToRestSteps, executedNote, ownNote, reachOf, restOf } from './places.ts';

/*
 * How a sibling that goes by file and position comes to follow the successor. Who has executed exactly as much goes on where the
 * successor's own log ended when it came to rest. Who has executed less is found in the successor's log by Pseudo-GTID. For anybody
 * else there is no place that is known to be right, and a wrong one would lose transactions or execute them twice.
 */

type Way = 'equal' | 'pseudo-gtid';

/** Searching two servers' logs may take its time. */
const CORRELATE_MS = 120_000;
const STAGE = 'repoint';

/** The way in which the sibling follows, or why there is none. */
function wayOf(sibling: Participant, successor: Participant, input: FailoverInput): Way | Objection {
  const no = (rule: string, why: string): Objection => ({
    subject: sibling.name,
    rule,
    explanation: `${sibling.name} replicates by file and position, and ${why}; it is left as it is`,
  });
  if (sibling.instance.isBinlogServer)
    return no(
      'binlog-server',
      `serves the failed primary's log to its own replicas, which have no place in another one`,
    );
  // What it was delayed for is its worth: the delay of a sibling is never lifted, and cannot be waited for.
  if (isHeldByDelay(sibling, input))
    return no(
      'delayed',
      `is delayed by ${sibling.instance.replication?.delaySeconds} s, with rows that it has yet to execute`,
    );
  const knowsPseudoGtid = input.settings.knowsPseudoGtid === true;
  const above = restOf(successor, input);
  const reach = reachOf(sibling, input);
  if (above === null || above.own === null || reach === null) {
    // Still to come: the successor will rest before anything is promoted.
    if (above === null && successor.instance.replication !== null && !usesGtid(successor.instance)) return 'equal';
    if (knowsPseudoGtid) return 'pseudo-gtid';
    return no('no-place', `its place in the log of ${successor.name} is not known (no Pseudo-GTID)`);
  }
  const order = compareCoordinates(reach, above.executed);
  const places = `${formatCoordinates(reach)} against ${formatCoordinates(above.executed)} of the failed primary's log`;
  if (order > 0 && restOf(sibling, input) !== null)
    return no('has-more', `has executed more than ${successor.name} (${places}), to be looked at and rebuilt`);
  if (order >= 0) return 'equal';
  if (knowsPseudoGtid) return 'pseudo-gtid';
  return no(
    'behind',
    `has received less than ${successor.name} (${places}); without Pseudo-GTID its place in the log of ${successor.name} cannot be found`,
  );
}

/** Why the sibling cannot follow; null when it can. */
export function unfitByPlace(sibling: Participant, successor: Participant, input: FailoverInput): Objection | null {
  const way = wayOf(sibling, successor, input);
  return typeof way === 'string' ? null : way;
}

/** True when nothing must be searched before it can follow. */
export const followsFromRest = (sibling: Participant, successor: Participant, input: FailoverInput): boolean =>
  wayOf(sibling, successor, input) === 'equal';

/** The steps by which it follows. It rests with everything executed first, so that no relay log is thrown away. */
export function joinByPlaceSteps(sibling: Participant, successor: Participant, input: FailoverInput): Step[] {
  const way = wayOf(sibling, successor, input);
  if (typeof way !== 'string') return [];
  const why = `${sibling.name} must not receive from the failed primary any more`;
  const silence = isListening(sibling.instance)
    ? [commandStep(STAGE, sibling, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } })]
    : [];
  return [
    ...silence,
    ...comeToRestSteps(STAGE, undelayed(sibling), input),
    ...(way === 'equal' ? equalSteps(sibling, successor, input) : matchSteps(sibling, successor)),
  ];
}

/** As it is drained without its delay being lifted: should more arrive before it is silenced, that is waited for in vain. */
function undelayed(sibling: Participant): Participant {
  const { instance } = sibling;
  if (instance.replication === null) return sibling;
  return { ...sibling, instance: { ...instance, replication: { ...instance.replication, delaySeconds: 0 } } };
}

function equalSteps(sibling: Participant, successor: Participant, input: FailoverInput): Step[] {
  const above = restOf(successor, input);
  const place = above?.executed ?? { note: executedNote(successor.name) };
  const there = above?.own ?? { note: ownNote(successor.name) };
  const why = `${sibling.name} has executed exactly as much as ${successor.name} had`;
  return [
    waitStep(STAGE, sibling, { kind: 'executed-exactly', place }, 0, why),
    ...goOnSteps(sibling, successor, there),
  ];
}

function matchSteps(sibling: Participant, successor: Participant): Step[] {
  const note = `place of ${sibling.name} in the log of ${successor.name}`;
  const why = `${sibling.name} is matched below ${successor.name} by Pseudo-GTID`;
  return [
    correlateStep(STAGE, sibling, successor.key, note, { deadlineMs: CORRELATE_MS, why }),
    ...goOnSteps(sibling, successor, { note }),
  ];
}

/** Reads on at this place of the successor's log. */
function goOnSteps(
  sibling: Participant,
  successor: Participant,
  there: NonNullable<Destination['at']>['there'],
): Step[] {
  const to: Destination = {
    key: successor.key,
    name: successor.name,
    at: { there, home: executedNote(sibling.name) },
  };
  return [
    changeSourceStep(STAGE, sibling, to, false),
    startAppliedStep(STAGE, sibling, `${sibling.name} follows ${successor.name}`),
    ...(sibling.mayReceive ? [startReceiverStep(STAGE, sibling, to)] : []),
  ];
}
