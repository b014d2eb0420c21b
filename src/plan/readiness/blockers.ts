import { analyse } from '../../analysis/analyse.ts';
import { decideFailover, isStoppedByOperator } from '../../analysis/failover-policy.ts';
import { FREE_TO_ACT, type NotActingReason } from '../../analysis/failover-question.ts';
import { recoveryKindOf } from '../../analysis/recovery-kinds.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { replicasOf } from '../../model/server-record.ts';
import type { FailoverInput } from '../failover/input.ts';
import type { ReadinessInput } from './input.ts';
import type { Blocker } from './readiness.ts';

/** What people decided, and what happened lately: none of it keeps a person from ordering the recovery. */
export function switchBlockers(input: ReadinessInput, primary: ServerRecord): Blocker[] {
  const { switches, recentRecovery, nodeTrouble } = input;
  const name = formatKey(primary.key);
  const found: Blocker[] = [];
  const block = (rule: NotActingReason | string, sentence: string, remedy: string, servers: string[] = []): void =>
    void found.push({ rule, servers, sentence, remedy, blocks: 'automatic' });
  if (switches.isDowntimed)
    block('downtimed', `The primary ${name} is downtimed.`, `end-downtime -i ${name} lets recovery act`, [name]);
  if (switches.inMaintenance)
    block('in-maintenance', `The primary ${name} is in maintenance.`, `end-maintenance -i ${name} lets recovery act`, [
      name,
    ]);
  if (switches.inPlannedOperation)
    block('planned-operation', 'A planned operation is under way on the cluster.', 'wait until it has ended');
  if (switches.isGloballyDisabled)
    block('globally-disabled', 'Recoveries are disabled globally.', 'enable-global-recoveries lets them act');
  if (!switches.hasAutomatedRecovery)
    block(
      'not-automated',
      `RecoverMasterClusterFilters do not match ${input.clusterName}.`,
      'add the cluster to RecoverMasterClusterFilters, or be ready to order "recover" yourself',
    );
  if (recentRecovery !== null)
    block(
      'blocked',
      recentRecovery,
      'ack-cluster-recoveries lifts the block once the last recovery has been looked at',
    );
  else if (switches.isBlocked)
    block('blocked', 'A recovery of the cluster is under way, or held back just now.', 'see its explanation');
  if (nodeTrouble !== null) found.push({ ...nodeTrouble, servers: [], blocks: 'all' });
  return found;
}

/**
 * Would the death be called what it is? The analysis of the moment after must name a failure that has a recovery: without replicas
 * that answer it does not, nor for a server that RecoveryIgnoreHostnameFilters hide. It holds for orders of a person as well.
 */
export function analysisBlocker(
  input: ReadinessInput,
  primary: ServerRecord,
  after: readonly ServerRecord[],
): Blocker | null {
  if (input.switches.inMaintenance) return null;
  const name = formatKey(primary.key);
  const entry = analyse(after, {
    clusterName: primary.position.clusterName,
    includeDowntimed: true,
    includeNoProblem: true,
    nowMs: input.nowMs,
    settings: input.settings.analysis,
    staleCoordinates: new Set(),
  }).find(({ view }) => formatKey(view.key) === name);
  const kind = entry === undefined ? null : recoveryKindOf(entry.code);
  if (kind === 'dead-primary' || kind === 'dead-co-primary') return null;
  if (entry === undefined)
    return {
      rule: 'ignored',
      servers: [name],
      sentence: `Failures of ${name} are not analysed.`,
      remedy: 'see RecoveryIgnoreHostnameFilters',
      blocks: 'all',
    };
  return {
    rule: 'not-recoverable',
    servers: [name],
    sentence: `Its death would show as ${entry.code}, and there is no recovery for that.`,
    remedy:
      entry.view.countReplicas === 0
        ? 'give it a replica'
        : 'make at least one of its replicas answer, see the warnings',
    blocks: 'all',
  };
}

const WITNESS_REMEDIES: Partial<Record<NotActingReason, string>> = {
  'replicas-stopped-by-operator': 'start replication on at least one of its replicas',
  'no-eligible-testimony': 'see that at least one direct replica answers, replicates and is not downtimed',
};

/** Would anybody who may testify say that it is dead? The policy itself is asked, with everything else speaking for acting. */
export function witnessBlocker(
  input: ReadinessInput,
  primary: ServerRecord,
  { failed, records, fresh }: FailoverInput,
): Blocker | null {
  const { nowMs, settings } = input;
  const deadSinceMs = nowMs - settings.graces.primaryRestartGraceMs - 1_000;
  const decision = decideFailover({
    primary,
    connection: {
      pinnedLost: true,
      knocks: [60, 30].map((agoMs) => ({ atMs: nowMs - agoMs, result: 'refused', errorNumber: null })),
      cleanShutdownSinceMs: null,
      deadSinceMs,
    },
    testimonies: replicasOf(failed, records).map(({ key, instance, intent }) => ({
      key,
      receiverState: instance?.replication?.receiver.state ?? 'none',
      receiverErrorNumber: instance?.replication?.receiver.errorNumber ?? 0,
      isOperatorStopped: instance?.replication == null || isStoppedByOperator(instance.replication.receiver),
      isDowntimed: intent.downtime !== null,
      isFresh: fresh.has(formatKey(key)),
      hasFreshHeartbeat: false,
    })),
    othersReachable: 1,
    switches: FREE_TO_ACT,
    graces: settings.graces,
    nowMs,
  });
  if (decision.act) return null;
  return {
    rule: decision.because,
    servers: replicasOf(failed, records).map(({ key }) => formatKey(key)),
    sentence: `Nobody could testify to its death: ${decision.sentence.replace(/^Not replacing \S+?( yet)?: (it does not answer us, but )?/, '')}`,
    remedy: WITNESS_REMEDIES[decision.because] ?? 'start replication on its replicas',
    blocks: 'automatic',
  };
}
