import { containsPosition, formatMissing, missingFrom, parseGtidPosition } from '../model/gtid-position.ts';
import { formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets } from '../model/gtid-set.ts';
import { type Instance, isReplicating, type ThreadState } from '../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../model/instance-key.ts';
import { isDrained } from '../model/received.ts';
import type { Condition } from './plan.ts';

/** What a condition comes to on one reading; `explanation` is one sentence naming the server. */
export type ConditionResult = { readonly holds: true } | { readonly holds: false; readonly explanation: string };

const HOLDS: ConditionResult = { holds: true };
const fails = (explanation: string): ConditionResult => ({ holds: false, explanation });

const isStopped = (state: ThreadState | undefined): boolean =>
  state === undefined || state === 'none' || state === 'stopped';

/**
 * Tests a condition on one reading of the server it is about. A server that replicates from nowhere has its threads stopped and
 * is drained.
 * @throws OrchestratorError when a GTID text, the condition's or the server's, cannot be read.
 */
export function checkCondition(condition: Condition, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  const { replication } = instance;
  switch (condition.kind) {
    case 'receiver-stopped':
      return isStopped(replication?.receiver.state) ? HOLDS : fails(`The receiver of ${name} is not stopped.`);
    case 'receiver-started':
      return isStopped(replication?.receiver.state) ? fails(`The receiver of ${name} is stopped.`) : HOLDS;
    case 'applier-stopped':
      return isStopped(replication?.applier.state) ? HOLDS : fails(`The applier of ${name} is not stopped.`);
    case 'applier-running':
      if (replication?.applier.state === 'running') return HOLDS;
      return fails(`The applier of ${name} is not running${errorOf(replication?.applier)}.`);
    case 'replicating-from':
      return checkReplicatingFrom(condition.source, instance);
    case 'drained': {
      const state = isDrained(instance);
      return state.drained ? HOLDS : fails(state.reason);
    }
    case 'has-executed':
      return checkHasExecuted(condition.gtid, instance);
    case 'has-no-source': {
      const source = replication?.source;
      if (source === undefined || source.hostname === '' || source.hostname === '_' || source.port === 0) return HOLDS;
      return fails(`${name} still has ${formatKey(source)} as its source.`);
    }
    case 'read-only':
      if (condition.readOnly) return instance.isReadOnly ? HOLDS : fails(`${name} is not read_only.`);
      if (instance.isSuperReadOnly === true) return fails(`${name} is still super_read_only.`);
      return instance.isReadOnly ? fails(`${name} is still read_only.`) : HOLDS;
    case 'same-server':
      return checkSameServer(condition.serverUuid, condition.serverId, instance);
    default:
      return condition satisfies never;
  }
}

/**
 * True when waiting for the condition is in vain on this reading: the applier must run for it, and has stopped with an error
 * (design §4: on an applier error the next candidate, not only when the time is up).
 */
export function isInVain(condition: Condition, { replication }: Instance): boolean {
  const needsApplier =
    condition.kind === 'drained' ||
    condition.kind === 'has-executed' ||
    condition.kind === 'applier-running' ||
    condition.kind === 'replicating-from';
  return needsApplier && replication?.applier.state === 'stopped' && replication.applier.errorNumber !== 0;
}

const errorOf = (thread: { readonly errorNumber: number; readonly errorText: string } | undefined): string =>
  thread === undefined || thread.errorNumber === 0 ? '' : `, error ${thread.errorNumber}: ${thread.errorText}`;

function checkReplicatingFrom(source: InstanceKey, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  const { replication } = instance;
  if (replication === null) return fails(`${name} has no source.`);
  if (!sameKey(replication.source, source) && !sameKey(replication.configuredSource, source)) {
    return fails(`${name} has ${formatKey(replication.source)} as its source, not ${formatKey(source)}.`);
  }
  if (isReplicating(instance)) return HOLDS;
  const thread = replication.receiver.state === 'running' ? 'applier' : 'receiver';
  return fails(`${name} does not replicate: its ${thread} is not running${errorOf(replication[thread])}.`);
}

/** Both kinds of GTID text: `uuid:…` is tested against gtid_executed, `domain-server-sequence` against the MariaDB position. */
function checkHasExecuted(gtid: string, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  if (gtid.trim() === '') return HOLDS;
  if (gtid.includes(':')) {
    if (instance.version.flavour === 'mariadb')
      return fails(`${name} is a MariaDB server and cannot have executed ${gtid}.`);
    const rest = subtractGtidSets(parseGtidSet(gtid), parseGtidSet(instance.executedGtid));
    return isEmptyGtidSet(rest) ? HOLDS : fails(`${name} has not executed ${formatGtidSet(rest)}.`);
  }
  if (instance.version.flavour !== 'mariadb')
    return fails(`${name} is not a MariaDB server and cannot have executed ${gtid}.`);
  const [wanted, executed] = [parseGtidPosition(gtid), parseGtidPosition(instance.executedGtid)];
  if (containsPosition(executed, wanted)) return HOLDS;
  return fails(`${name} has not executed ${formatMissing(missingFrom(executed, wanted))}.`);
}

/** The server uuid decides where both sides know it; MariaDB has none, there the server id does. */
function checkSameServer(serverUuid: string | null, serverId: number, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  if (serverUuid !== null && instance.serverUuid !== null) {
    if (serverUuid.toLowerCase() === instance.serverUuid.toLowerCase()) return HOLDS;
    return fails(`Another server answers at ${name}: its uuid is ${instance.serverUuid}, not ${serverUuid}.`);
  }
  if (serverId === instance.serverId) return HOLDS;
  return fails(`Another server answers at ${name}: its server_id is ${instance.serverId}, not ${serverId}.`);
}
