import { DETACHED_PREFIX, type InstanceKey, isDetachedKey, reattachedKey } from '../../../model/instance-key.ts';
import type { Condition, Objection, Step } from '../../plan.ts';
import { noteStep, waitStep } from '../../steps/build.ts';
import { canMoveReceiverAlone, usesGtid } from '../../steps/flavour.ts';
import { changeSourceStep, restSteps, startAppliedStep } from '../../steps/replica.ts';
import { isApplying, isListening, startApplierSteps, stopReceiverStep } from '../../steps/threads.ts';
import type { Destination } from '../../steps/types.ts';
import { isObjection, type Member, memberOf, type OperationInput } from '../input.ts';
import { executedNote } from '../relocation/coordinates.ts';
import {
  cannotKeepRelayLog,
  firstOf,
  isDescendant,
  isGroupSecondary,
  notFresh,
  notReplica,
} from '../rules/can-move.ts';
import { cannotFindByGtid } from '../rules/can-replicate.ts';
import { type Deed, objection, plannerOn } from './single.ts';
import { cannotComeToRest, checkStep, isAtRest, startApplierStep, startReceiverStep } from './thread-steps.ts';

const STATEMENT_MS = 5_000;

/** Its receiver alone is told another address, and finds its place by GTID: nothing has to be executed before. */
const keepsApplying = ({ instance }: Member): boolean => canMoveReceiverAlone(instance) && usesGtid(instance);

const cannotChangeAddress = (member: Member, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(member),
    () => isGroupSecondary(member),
    () => notFresh(member, input),
    () => (keepsApplying(member) ? cannotKeepRelayLog(member) : cannotComeToRest(member)),
  );

/** `requires` is demanded of the step and of its way back. */
const guarded = (step: Step, requires: Condition): Step => ({
  ...step,
  requires,
  undo: step.undo.map((back) => ({ ...back, requires })),
});

/**
 * Both names mean the same log, so that the way back leads to where the replica stands by then: what it has executed under the new name
 * it would execute once more from the place it had before.
 */
const notedAnew = (change: Step, noted: Step): Step => ({
  ...change,
  undo: [{ ...noted, ensures: { kind: 'applier-stopped' } }, ...change.undo],
});

/**
 * The replica gets another address for its source and keeps everything else: positioning, place, account, TLS. By GTID on MySQL 5.7
 * and later the receiver alone is told so, beside a running applier; else everything received is executed first. Afterwards its
 * receiver is stopped, and its applier runs unless both threads had been at rest.
 */
function changeAddressSteps(stage: string, member: Member, key: InstanceKey, input: OperationInput): Step[] {
  const name = `${key.hostname}:${key.port}`;
  const to: Destination = { key, name };
  const why = `${member.name} has ${name} for its source`;
  const isResting = isAtRest(member.instance);
  const seen = waitStep(stage, member, { kind: 'has-source', source: key }, STATEMENT_MS, why);
  if (keepsApplying(member)) {
    const change = changeSourceStep(stage, member, to, true);
    if (isResting) return [guarded(change, { kind: 'drained' }), seen];
    return [
      ...startApplierSteps(stage, member, `${member.name} keeps its relay log only while its applier runs`),
      ...(isListening(member.instance) ? [stopReceiverStep(stage, member, why)] : []),
      guarded(change, { kind: 'applier-running' }),
      seen,
    ];
  }
  const isByCoordinates = !usesGtid(member.instance);
  const note = executedNote(member);
  const noted = noteStep(stage, member, note, 'executed', `where ${member.name} stands is noted`);
  return [
    ...(isResting
      ? [checkStep(stage, member, { kind: 'drained' }, `${member.name} has executed everything it received`)]
      : restSteps(stage, member, input.settings.drainTimeoutMs, why)),
    ...(isByCoordinates
      ? [
          noted,
          notedAnew(changeSourceStep(stage, member, { ...to, at: { there: { note }, home: note } }, false), noted),
        ]
      : [changeSourceStep(stage, member, to, false)]),
    seen,
    ...(isResting ? [] : [startAppliedStep(stage, member, why)]),
  ];
}

/**
 * detach-replica: replication is broken in a way that remembers where it was, by `//` before the source's name. The replica keeps
 * its positioning (the existing orchestrator lost auto-position here) and its receiver stays stopped: it could reach nobody.
 */
export const planDetach = plannerOn('detach', (member, input): Deed | Objection => {
  const { replication } = member.instance;
  const no = firstOf(
    () => notReplica(member),
    () =>
      replication !== null && isDetachedKey(replication.configuredSource)
        ? objection(member, 'already-detached', `${member.name} is detached already`)
        : null,
    () => cannotChangeAddress(member, input),
  );
  if (no !== null) return no;
  if (replication === null) return objection(member, 'not-a-replica', `${member.name} is not a replica`);
  const { hostname, port } = replication.configuredSource;
  return {
    steps: changeAddressSteps('detach', member, { hostname: DETACHED_PREFIX + hostname, port }, input),
    reasons: [`${member.name} remembers its source as ${DETACHED_PREFIX}${hostname}; reattach-replica undoes it`],
    effects: [{ kind: 'detached', server: member.key, isDetached: true }],
    isLocked: true,
  };
});

/** reattach-replica: the source's name loses its `//`; both threads start, and it must come to replicate. */
export const planReattach = plannerOn('reattach', (member, input): Deed | Objection => {
  const { replication } = member.instance;
  if (replication === null || !isDetachedKey(replication.configuredSource)) {
    return objection(member, 'not-detached', `${member.name} is not detached`);
  }
  const known = memberOf(input, reattachedKey(replication.source));
  const no = firstOf(
    () => (isObjection(known) ? null : isDescendant(member, known, input)),
    () => (isObjection(known) || !usesGtid(member.instance) ? null : cannotFindByGtid(member, known)),
    () => cannotChangeAddress(member, input),
  );
  if (no !== null) return no;
  const source = reattachedKey(replication.configuredSource);
  const why = `${member.name} replicates again`;
  const isResting = isAtRest(member.instance);
  return {
    steps: [
      ...changeAddressSteps('reattach', member, source, input),
      ...(isResting && !isApplying(member.instance) ? [startApplierStep('start', member, why)] : []),
      startReceiverStep('start', member, why, { kind: 'replicating-from', source }),
    ],
    effects: [{ kind: 'source', server: member.key, source: reattachedKey(replication.source) }],
    isLocked: true,
  };
});
