import { DETACHED_PREFIX, isDetachedKey } from '../../model/instance-key.ts';
import type { Stage, Step } from '../plan.ts';
import { lane, noteStep, stageOf, waitStep } from '../steps/build.ts';
import { canMoveReceiverAlone, usesGtid } from '../steps/flavour.ts';
import { changeSourceStep, startAppliedStep } from '../steps/replica.ts';
import { isApplying, isListening, stopDrainedApplierStep, stopReceiverStep } from '../steps/threads.ts';
import type { Destination, Replica } from '../steps/types.ts';

const STAGE = 'detach';
const SEEN_WITHIN_MS = 1_000;

/**
 * Replicas that a failover has lost are detached: their source becomes `//host`, which nobody can reach and which tells where they
 * were, so that none of them replicates from the failed primary by itself when that returns (historic behaviour). Positioning,
 * account and TLS stay. Nothing that was received is thrown away for it (design §4): on MySQL 5.7 and later the receiver alone is
 * told so beside a running applier; elsewhere only a replica that has executed all it received is touched, without waiting for it.
 * One that goes by file and position keeps its place in the failed primary's log: it is told so at rest, with that place.
 */
export const detachStage = (replicas: readonly Replica[]): Stage[] =>
  stageOf(
    STAGE,
    replicas
      .filter(({ instance }) => isDetachable(instance))
      .map((replica) => lane(replica, detachSteps(replica), false)),
  );

const isDetachable = (instance: Replica['instance']): boolean =>
  instance.replication !== null && !isDetachedKey(instance.replication.configuredSource);

/** Only one with nothing left to execute: it is not waited for. What arrived of a last transaction in part comes again with its place. */
function detachAtPlace(replica: Replica, to: Destination, why: string, seen: Step): Step[] {
  const { instance, name } = replica;
  const note = `executed by ${name}`;
  const rest = isApplying(instance)
    ? [stopDrainedApplierStep(STAGE, replica, why)]
    : [waitStep(STAGE, replica, { kind: 'drained' }, 0, `${name} has nothing left to execute`)];
  return [
    ...rest,
    noteStep(STAGE, replica, note, 'executed', `where ${name} stands is noted`),
    changeSourceStep(STAGE, replica, { ...to, at: { there: { note }, home: note } }, false),
    seen,
    ...(isApplying(instance) ? [startAppliedStep(STAGE, replica, why)] : []),
  ];
}

function detachSteps(replica: Replica): Step[] {
  const { instance, name } = replica;
  if (instance.replication === null) return [];
  const { hostname, port } = instance.replication.configuredSource;
  const key = { hostname: `${DETACHED_PREFIX}${hostname}`, port };
  const why = `${name} is lost to the failover and detached`;
  const silence = isListening(instance) ? [stopReceiverStep(STAGE, replica, why)] : [];
  const seen = waitStep(STAGE, replica, { kind: 'has-source', source: key }, SEEN_WITHIN_MS, why);
  const to = { key, name: `${key.hostname}:${port}` };
  if (!usesGtid(instance)) return [...silence, ...detachAtPlace(replica, to, why, seen)];
  if (canMoveReceiverAlone(instance) && isApplying(instance)) {
    return [...silence, { ...changeSourceStep(STAGE, replica, to, true), requires: { kind: 'applier-running' } }, seen];
  }
  return [
    ...silence,
    ...(isApplying(instance) ? [stopDrainedApplierStep(STAGE, replica, why)] : []),
    { ...changeSourceStep(STAGE, replica, to, false), requires: { kind: 'drained' } },
    seen,
    ...(isApplying(instance) ? [startAppliedStep(STAGE, replica, why)] : []),
  ];
}
