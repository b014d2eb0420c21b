import { sameKey } from '../../../model/instance-key.ts';
import type { Objection, Step } from '../../plan.ts';
import { shallAcknowledge } from '../../semi-sync/remedy.ts';
import { commandStep } from '../../steps/build.ts';
import { losesRelayLogAtStart } from '../../steps/relay-log.ts';
import { isApplying, isListening, stopReceiverStep } from '../../steps/threads.ts';
import { type Member, type OperationInput, type OperationPlanner, sourceOf } from '../input.ts';
import { notFresh } from '../rules/can-move.ts';
import { already, type Deed, objection, plannerOn } from './single.ts';
import { listenAgainSteps } from './thread-steps.ts';

type Side = 'source' | 'replica';

const isEnabled = ({ instance }: Member, side: Side): boolean =>
  side === 'source' ? instance.semiSync.sourceEnabled : instance.semiSync.replicaEnabled;

/** One side is switched on or off; undone by switching it back. Nothing when it is so already. */
export function setSemiSyncSteps(stage: string, member: Member, side: Side, enabled: boolean): Step[] {
  if (isEnabled(member, side) === enabled) return [];
  const word = (on: boolean): string =>
    `semi-synchronous replication (${side} side) of ${member.name} is ${on ? 'on' : 'off'}`;
  // Both sides may be set in one plan.
  const name = `${stage} ${side}`;
  return [
    commandStep(name, member, { kind: 'set-semi-sync', side, enabled }, word(enabled), {
      ensures: { kind: 'semi-sync', side, enabled },
      undo: [
        commandStep(name, member, { kind: 'set-semi-sync', side, enabled: !enabled }, word(!enabled), {
          ensures: { kind: 'semi-sync', side, enabled: !enabled },
        }),
      ],
    }),
  ];
}

/** True where semi-sync is managed: DetectSemiSyncEnforcedQuery gives the server a priority, and it has the plugins. */
export const isSemiSyncManaged = ({ instance }: Member): boolean =>
  instance.classification.semiSyncPriority > 0 && instance.semiSync.available;

/**
 * What the start of a replica does about semi-sync where it is managed (historic): it waits for nobody itself, and acknowledges
 * unless it must not be promoted; with EnforceExactSemiSyncReplicas or RecoverLockedSemiSyncMaster, as far as its source needs it.
 * The receiver heeds the latter only when it connects.
 */
export function semiSyncAtStart(
  stage: string,
  member: Member,
  input: OperationInput,
): { readonly steps: readonly Step[]; readonly needsNewConnection: boolean } {
  if (!isSemiSyncManaged(member)) return { steps: [], needsNewConnection: false };
  const acknowledges = setSemiSyncSteps(stage, member, 'replica', shallAcknowledgeAtStart(member, input));
  return {
    steps: [...setSemiSyncSteps(stage, member, 'source', false), ...acknowledges],
    needsNewConnection: acknowledges.length > 0,
  };
}

function shallAcknowledgeAtStart(member: Member, input: OperationInput): boolean {
  const { semiSyncMode } = input.settings;
  const key = sourceOf(member);
  const source = key === null ? undefined : input.records.find((record) => sameKey(record.key, key));
  if (semiSyncMode === null || source?.instance?.semiSync.sourceEnabled !== true)
    return member.record.intent.promotionRule !== 'must_not';
  const shall = shallAcknowledge(member.record, source, input.records, semiSyncMode, input.settings);
  return shall ?? isEnabled(member, 'replica');
}

function cannotSet(member: Member, input: OperationInput): Objection | null {
  const stale = notFresh(member, input);
  if (stale !== null || member.instance.semiSync.available) return stale;
  return objection(
    member,
    'no-semi-sync',
    `${member.name} has no semi-synchronous replication; install the plugins of both sides first`,
  );
}

const sourcePlanner = (enabled: boolean): OperationPlanner =>
  plannerOn(`${enabled ? 'enable' : 'disable'} semi-sync (source side) on`, (member, input): Deed | Objection => {
    const no = cannotSet(member, input);
    if (no !== null) return no;
    if (isEnabled(member, 'source') === enabled) return already(`it is ${enabled ? 'on' : 'off'} already`);
    const { connectedReplicas, waitForReplicaCount, sourceTimeoutMs } = member.instance.semiSync;
    const isShort = enabled && connectedReplicas < waitForReplicaCount;
    return {
      steps: setSemiSyncSteps('set', member, 'source', enabled),
      reasons: isShort
        ? [
            `only ${connectedReplicas} of ${waitForReplicaCount} semi-sync replicas are connected to ${member.name}: commits will wait up to ${sourceTimeoutMs} ms`,
          ]
        : [],
    };
  });

/** The receiver must connect anew to heed it. On MariaDB that is done beside a running applier only. */
const replicaPlanner = (enabled: boolean): OperationPlanner =>
  plannerOn(`${enabled ? 'enable' : 'disable'} semi-sync (replica side) on`, (member, input): Deed | Objection => {
    const { instance, name } = member;
    const no = cannotSet(member, input);
    if (no !== null) return no;
    if (isEnabled(member, 'replica') === enabled) return already(`it is ${enabled ? 'on' : 'off'} already`);
    if (isListening(instance) && !isApplying(instance) && losesRelayLogAtStart(instance)) {
      const explanation = `the applier of ${name} does not run: its receiver cannot be restarted without losing what is received; start it first (start-replica)`;
      return objection(member, 'applier-not-running', explanation);
    }
    const why = `${name} connects anew, which makes it heed the setting`;
    return {
      steps: [
        ...setSemiSyncSteps('set', member, 'replica', enabled),
        ...(isListening(instance) ? [stopReceiverStep('restart', member, why)] : []),
        ...listenAgainSteps('restart', member, why),
      ],
    };
  });

export const planEnableSemiSyncSource = sourcePlanner(true);
export const planDisableSemiSyncSource = sourcePlanner(false);
export const planEnableSemiSyncReplica = replicaPlanner(true);
export const planDisableSemiSyncReplica = replicaPlanner(false);
