import { usesOracleGtid } from '../../../model/instance.ts';
import { sameKey } from '../../../model/instance-key.ts';
import type { Objection, Stage, Step } from '../../plan.ts';
import { lane, noteStep, stageOf, waitStep } from '../../steps/build.ts';
import { changeSourceStep, restSteps, startAppliedStep, startReceiverStep } from '../../steps/replica.ts';
import { isObjection, type Member, memberOf, type OperationInput, type OperationPlanner, sourceOf } from '../input.ts';
import { makePlan, refuse } from '../make-plan.ts';
import { executedNote, goOnThere, ownNote } from '../relocation/coordinates.ts';
import { destinationOf, nowFollows } from '../relocation/move.ts';
import { cannotMove, firstOf, isGroupSecondary, isOwnGroup, notFresh } from '../rules/can-move.ts';
import { cannotReplicateFrom, hasPurgedNeeded } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { type Account, accountFor, becomeReplicaSteps } from './become-replica.ts';
import { sourceKeyOf } from './up-and-below.ts';

/** A replica and its source, which is to follow it too. */
interface Pair {
  readonly replica: Member;
  readonly source: Member;
}

const no = (member: Member, rule: string, explanation: string): Objection => ({
  subject: member.name,
  rule,
  explanation,
});

/**
 * make-co-master: a read-only replica and its source come to replicate from each other. read_only stays as it is on both. With Oracle
 * GTID on both sides by GTID; else (MariaDB too, historic) by coordinates: everything in the replica's log so far came from the source.
 */
export const planMakeCoMaster: OperationPlanner = (input) => {
  const replica = memberOf(input, input.request.instance);
  if (isObjection(replica)) return refuse(input, 'make co-masters', replica);
  const purpose = `make ${replica.name} and its source co-masters`;
  const above = sourceKeyOf(replica);
  if (isObjection(above)) return refuse(input, purpose, above);
  const source = memberOf(input, above);
  if (isObjection(source)) return refuse(input, purpose, source);
  const pair = { replica, source };
  const objection = cannotPair(pair, input);
  if (objection !== null) return refuse(input, purpose, objection);
  const byGtid = usesOracleGtid(replica.instance) && source.instance.supportsOracleGtid;
  const purged = byGtid ? hasPurgedNeeded(source, replica) : null;
  if (purged !== null) return refuse(input, purpose, purged);
  const account = accountFor(source, replica, input);
  if (isObjection(account)) return refuse(input, purpose, account);
  const errant = replica.record.position.errantGtid;
  return makePlan({
    purpose: `make ${source.name} a replica of ${replica.name}, which is its own`,
    of: replica,
    stages: byGtid ? gtidStages(pair, account, input) : coordinateStages(pair, account, input),
    reasons: [
      byGtid
        ? `${source.name} finds its place below ${replica.name} by GTID`
        : `${source.name} reads on at the end of the log of ${replica.name}, in which everything came from it`,
      ...(errant === ''
        ? []
        : [`${replica.name} has transactions of its own, which come to ${source.name}: ${errant}`]),
    ],
    locks: [replica, source],
    effects: [nowFollows(source.key, replica.key)],
    moved: [source.key],
    subject: replica.key,
    method: byGtid ? 'gtid' : 'coordinates',
  });
};

const cannotPair = ({ replica, source }: Pair, input: OperationInput): Objection | null =>
  firstOf(
    () => isGroupSecondary(replica),
    () => isOwnGroup(source, replica),
    () => cannotMove(replica, input),
    () => notFresh(source, input),
    () =>
      replica.instance.isReadOnly
        ? null
        : no(replica, 'not-read-only', `${replica.name} is not read_only; two open primaries are not made by this`),
    () => alreadyTaken({ replica, source }, input),
    () => cannotReplicateFrom(source, replica, input.settings),
    () => cannotComeToRest(source),
  );

/** A source that replicates already may only change one co-master for another, and only if that one takes no writes. */
function alreadyTaken({ replica, source }: Pair, input: OperationInput): Objection | null {
  const above = sourceOf(source);
  if (above === null) return null;
  if (sameKey(above, replica.key))
    return no(replica, 'already-co-master', `${source.name} and ${replica.name} replicate from each other already`);
  const other = memberOf(input, above);
  const follows = isObjection(other) ? null : sourceOf(other);
  const arePair = source.record.position.isCoPrimary || (follows !== null && sameKey(follows, source.key));
  if (!arePair) {
    const explanation = `${source.name}, the source of ${replica.name}, is itself a replica of ${above.hostname}:${above.port}; reset-replica makes it forget`;
    return no(source, 'source-is-replica', explanation);
  }
  if (isObjection(other) || notFresh(other, input) !== null || other.instance.isReadOnly) return null;
  return no(source, 'co-master-open', `${source.name} has ${other.name} as its co-master, which is open for writes`);
}

/** The source of a pair follows the replica: nothing has to stand still, for GTIDs tell what it has. */
function gtidStages({ replica, source }: Pair, account: Account, input: OperationInput): Stage[] {
  const to = { ...destinationOf(replica), positioning: 'oracle-auto' } as const;
  if (source.instance.replication === null)
    return stageOf('follow', [lane(source, becomeReplicaSteps('follow', source, to, 'oracle-auto', account, null))]);
  return [...restStage(source, input), ...stageOf('follow', [lane(source, changeByGtid(source, to))])];
}

const changeByGtid = (source: Member, to: Parameters<typeof changeSourceStep>[2]): Step[] => [
  changeSourceStep('follow', source, { ...to, home: executedNote(source) }, false),
  startAppliedStep('follow', source, `${source.name} follows ${to.name}`),
  startReceiverStep('follow', source, to),
];

/** What the source got from its former co-master is in its log then, and comes to the replica before the place is noted. */
function restStage(source: Member, input: OperationInput): Stage[] {
  const why = `${source.name} receives nothing more from its former co-master`;
  return stageOf('rest', [
    lane(source, [
      ...restSteps('rest', source, input.settings.drainTimeoutMs, why),
      noteStep('rest', source, executedNote(source), 'executed', `where ${source.name} stands is noted`),
    ]),
  ]);
}

/**
 * By coordinates: the replica executes everything that is in the source's log now; what comes into its own log after that comes from
 * the source itself, which leaves its own transactions out (server_id).
 */
function coordinateStages({ replica, source }: Pair, account: Account, input: OperationInput): Stage[] {
  const to = destinationOf(replica);
  const level = `${replica.name} has executed everything ${source.name} had written`;
  const isReplica = source.instance.replication !== null;
  const note = noteStep('look', source, ownNote(source), 'own', `the end of the log of ${source.name} is noted`);
  const follow = isReplica
    ? goOnThere('follow', source, to, { note: ownNote(replica) }).map((step) => notEquivalent(step, source))
    : becomeReplicaSteps('follow', source, to, 'coordinates', account, ownNote(replica));
  return [
    ...(isReplica ? restStage(source, input) : []),
    ...stageOf('look', [lane(source, [note])]),
    ...stageOf('level', [
      lane(replica, [
        waitStep(
          'level',
          replica,
          { kind: 'executed-to', place: { note: ownNote(source) } },
          input.settings.drainTimeoutMs,
          level,
        ),
        noteStep('level', replica, ownNote(replica), 'own', `the end of the log of ${replica.name} is noted`),
      ]),
    ]),
    ...stageOf('follow', [lane(source, follow)]),
  ];
}

/**
 * Where a replica goes on shows that two places mean the same, which is remembered by the change and the first step of its way back.
 * Not here: the source's own transactions are in one of the two logs only. So the way back begins with another step.
 */
function notEquivalent(step: Step, source: Member): Step {
  if (step.action.kind !== 'command' || step.action.command.kind !== 'change-source') return step;
  const back = `${source.name} has its former source back`;
  return { ...step, undo: [waitStep(`${step.id} undo`, source, { kind: 'receiver-stopped' }, 0, back), ...step.undo] };
}
