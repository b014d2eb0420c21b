import type { AnalysisEntry, AnalysisView } from '../analysis/analysis-entry.ts';
import type { BinlogCoordinates } from '../model/coordinates.ts';
import { formatCoordinates } from '../model/coordinates.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { historicKeyText } from './key-json.ts';

export { renderHookCommand, truncatedPlaceholders } from './hook-command.ts';

/** The server that took over, as hooks see it. */
export interface HookSuccessor {
  readonly key: InstanceKey;
  /** Its own binary log position at promotion; null when it writes none. */
  readonly coordinates: BinlogCoordinates | null;
  /** Its instance alias; '' when it has none. */
  readonly alias: string;
}

/** What is known when a list of hooks is about to run. */
export interface HookFacts {
  /** The configuration key of the list, e.g. `PreFailoverProcesses`. */
  readonly listName: string;
  readonly entry: AnalysisEntry;
  /** '' for automatic recovery, else force-master-failover, force-master-takeover or graceful-master-takeover. */
  readonly command: string;
  readonly recoveryUid: string;
  /** This node's host name. */
  readonly nodeHostname: string;
  readonly isSuccessful: boolean;
  /** null until one is known: then the successor placeholders stay literal and their variables unset, as they always have. */
  readonly successor: HookSuccessor | null;
  readonly lost: readonly InstanceKey[];
}

export interface HookText {
  readonly listName: string;
  /** Placeholder name without braces → text. A placeholder that is not in the map stays literal. */
  readonly placeholders: ReadonlyMap<string, string>;
  /** The ORC_* variables, raw: nothing is removed from them but NUL, which no environment can hold. */
  readonly environment: Readonly<Record<string, string>>;
}

export type HookInstanceType = 'master' | 'co-master' | 'intermediate-master' | 'group-member';

/** The historic word for what failed. */
export function hookInstanceType(view: AnalysisView): HookInstanceType {
  if (view.isCoPrimary) return 'co-master';
  if (view.isGroupMember) return 'group-member';
  return view.isPrimary ? 'master' : 'intermediate-master';
}

/**
 * Placeholder, its environment variable (null: has none), and whether a second placeholder bears the same text.
 * The order and the names are the historic ones; scripts depend on them.
 */
const NAMES: readonly (readonly [placeholder: string, variable: string | null, synonym?: string])[] = [
  ['failureType', 'ORC_FAILURE_TYPE'],
  ['instanceType', 'ORC_INSTANCE_TYPE'],
  ['isMaster', 'ORC_IS_MASTER'],
  ['isCoMaster', 'ORC_IS_CO_MASTER'],
  ['failureDescription', 'ORC_FAILURE_DESCRIPTION'],
  ['command', 'ORC_COMMAND'],
  ['failedHost', 'ORC_FAILED_HOST'],
  ['failedPort', 'ORC_FAILED_PORT'],
  ['failureCluster', 'ORC_FAILURE_CLUSTER'],
  ['failureClusterAlias', 'ORC_FAILURE_CLUSTER_ALIAS'],
  ['failureClusterDomain', 'ORC_FAILURE_CLUSTER_DOMAIN'],
  ['countReplicas', 'ORC_COUNT_REPLICAS', 'countSlaves'],
  ['isDowntimed', 'ORC_IS_DOWNTIMED'],
  ['autoMasterRecovery', 'ORC_AUTO_MASTER_RECOVERY'],
  ['autoIntermediateMasterRecovery', 'ORC_AUTO_INTERMEDIATE_MASTER_RECOVERY'],
  ['orchestratorHost', 'ORC_ORCHESTRATOR_HOST'],
  ['recoveryUID', 'ORC_RECOVERY_UID'],
  ['isSuccessful', 'ORC_IS_SUCCESSFUL'],
  ['lostReplicas', 'ORC_LOST_REPLICAS', 'lostSlaves'],
  ['countLostReplicas', null],
  ['replicaHosts', 'ORC_REPLICA_HOSTS', 'slaveHosts'],
  ['successorHost', 'ORC_SUCCESSOR_HOST'],
  ['successorPort', 'ORC_SUCCESSOR_PORT'],
  ['successorBinlogCoordinates', 'ORC_SUCCESSOR_BINLOG_COORDINATES'],
  ['successorAlias', 'ORC_SUCCESSOR_ALIAS'],
];

/** What one run of a hook list is given: all 28 placeholders and 24 variables (fewer while there is no successor). */
export function hookContext(facts: HookFacts): HookText {
  const texts = hookTexts(facts);
  const placeholders = new Map<string, string>();
  const environment: Record<string, string> = {};
  for (const [placeholder, variable, synonym] of NAMES) {
    const text = texts[placeholder];
    if (text === undefined) continue;
    placeholders.set(placeholder, text);
    if (synonym !== undefined) placeholders.set(synonym, text);
    if (variable !== null) environment[variable] = text.replaceAll('\0', '');
  }
  return { listName: facts.listName, placeholders, environment };
}

function hookTexts({ entry, successor, ...facts }: HookFacts): Readonly<Record<string, string>> {
  const { view } = entry;
  return {
    failureType: entry.code,
    instanceType: hookInstanceType(view),
    isMaster: String(view.isPrimary),
    isCoMaster: String(view.isCoPrimary),
    failureDescription: entry.description,
    command: facts.command,
    failedHost: view.key.hostname,
    failedPort: String(view.key.port),
    failureCluster: view.clusterName,
    failureClusterAlias: view.clusterAlias || view.clusterName,
    failureClusterDomain: view.clusterDomain || view.clusterName,
    countReplicas: String(view.countReplicas),
    isDowntimed: String(view.isDowntimed),
    autoMasterRecovery: String(entry.hasAutomatedPrimaryRecovery),
    autoIntermediateMasterRecovery: String(entry.hasAutomatedIntermediateRecovery),
    orchestratorHost: facts.nodeHostname,
    recoveryUID: facts.recoveryUid,
    isSuccessful: String(facts.isSuccessful),
    lostReplicas: keysText(facts.lost),
    countLostReplicas: String(facts.lost.length),
    replicaHosts: keysText(view.replicas),
    ...(successor === null ? {} : successorTexts(successor)),
  };
}

const successorTexts = (successor: HookSuccessor): Readonly<Record<string, string>> => ({
  successorHost: successor.key.hostname,
  successorPort: String(successor.key.port),
  successorBinlogCoordinates: successor.coordinates === null ? ':0' : formatCoordinates(successor.coordinates),
  successorAlias: successor.alias,
});

const keysText = (keys: readonly InstanceKey[]): string => keys.map(historicKeyText).join(',');
