/** Invented families (a failed primary and its replicas) for tests of the failover planner; nothing outside tests imports this. */
import type { Instance, ReplicationStatus, ReplicationThread } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import type { PromotionRule, ServerRecord } from '../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { parseVersion } from '../../model/version.ts';
import type { FailoverInput } from '../failover/input.ts';
import { type FailoverPlan, planFailover } from '../failover/plan-failover.ts';
import type { Refusal, Step } from '../plan.ts';

export type InventedFlavour = '9.7' | '5.6' | 'mariadb';

export const PRIMARY = 'p:3306';
const STOPPED: ReplicationThread = { state: 'stopped', errorNumber: 0, errorText: '' };
const RUNNING: ReplicationThread = { state: 'running', errorNumber: 0, errorText: '' };
const CONNECTING: ReplicationThread = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' };

/** What a test says of one replica; everything unsaid is healthy, silenced and drained. */
export interface InventedReplica {
  /** How many transactions of the primary arrived, and how many of these are executed (default: all). */
  readonly received?: number;
  readonly executed?: number;
  /** Beside those of the primary: a transaction of its own. */
  readonly hasOwn?: boolean;
  readonly source?: string;
  readonly receiver?: 'stopped' | 'running' | 'connecting';
  readonly applier?: 'stopped' | 'running' | 'broken';
  readonly isReadAll?: boolean;
  readonly delaySeconds?: number;
  readonly rule?: PromotionRule;
  readonly dataCenter?: string;
  readonly region?: string;
  readonly lagSeconds?: number;
  readonly changes?: Partial<Instance>;
  readonly isAbsent?: boolean;
}

const VERSIONS = {
  '9.7': ['9.7.4', 'MySQL Community Server'],
  '5.6': ['5.6.24', 'MySQL Community Server'],
  mariadb: ['10.11.19-MariaDB-log', 'Debian'],
} as const;

const setOf = (flavour: InventedFlavour, upTo: number, ownNumber: number | null): string => {
  const of = (number: number, last: number) =>
    flavour === 'mariadb' ? `0-${number}-${last}` : `${uuidOf(number)}:1-${last}`;
  // A MariaDB position has one transaction per domain: an own one follows those of the primary.
  if (ownNumber !== null && flavour === 'mariadb') return of(ownNumber, upTo + 1);
  return [upTo > 0 ? of(1, upTo) : '', ownNumber === null ? '' : of(ownNumber, 1)]
    .filter((text) => text !== '')
    .join(',');
};

const APPLIERS = {
  stopped: STOPPED,
  running: RUNNING,
  broken: { state: 'stopped', errorNumber: 1062, errorText: 'duplicate' },
} as const;
const RECEIVERS = { stopped: STOPPED, running: RUNNING, connecting: CONNECTING } as const;

function replication(flavour: InventedFlavour, said: InventedReplica): ReplicationStatus {
  const { received = 10, executed = received } = said;
  const source = said.source ?? PRIMARY;
  const at = (count: number) => ({ kind: 'binlog', file: 'bin.000001', position: 100 * count }) as const;
  return replicationOf(source, {
    sourceUuid: flavour === 'mariadb' ? null : uuidOf(1),
    receiver: RECEIVERS[said.receiver ?? 'stopped'],
    applier: APPLIERS[said.applier ?? 'running'],
    applierHasReadAll: said.isReadAll ?? received === executed,
    positioning: flavour === 'mariadb' ? 'mariadb-slave-pos' : 'oracle-auto',
    receivedGtid: setOf(flavour, received, null),
    readCoordinates: at(received),
    executedCoordinates: at(executed),
    delaySeconds: said.delaySeconds ?? 0,
  });
}

function server(name: string, number: number, flavour: InventedFlavour, changes: Partial<Instance>): Instance {
  return instanceOf(name, {
    serverId: number,
    serverUuid: flavour === 'mariadb' ? null : uuidOf(number),
    version: parseVersion(VERSIONS[flavour][0], VERSIONS[flavour][1]),
    supportsOracleGtid: flavour !== 'mariadb',
    gtidMode: flavour === 'mariadb' ? '' : 'ON',
    isSuperReadOnly: flavour === '9.7' ? true : null,
    isReadOnly: true,
    ...changes,
  });
}

function record(name: string, number: number, flavour: InventedFlavour, said: InventedReplica): ServerRecord {
  const { received = 10, executed = received } = said;
  const plain = server(name, number, flavour, {
    executedGtid: setOf(flavour, executed, said.hasOwn === true ? number : null),
    replication: replication(flavour, said),
    lagSeconds: said.lagSeconds ?? 0,
  });
  const classification = { ...plain.classification, dataCenter: said.dataCenter ?? '', region: said.region ?? '' };
  const known = recordOf({ ...plain, classification, ...said.changes });
  return { ...known, intent: { ...known.intent, promotionRule: said.rule ?? 'neutral' } };
}

/** Replicas by name (`a`, `b`, …: at port 3306), of a primary `p` that is dead. */
export function familyInput(
  flavour: InventedFlavour,
  replicas: Readonly<Record<string, InventedReplica>>,
  changes: Partial<Omit<FailoverInput, 'settings'>> & { readonly settings?: Partial<FailoverInput['settings']> } = {},
): FailoverInput {
  const names = Object.keys(replicas);
  const key = (name: string): string => `${name}:3306`;
  const primary = recordOf(server(PRIMARY, 1, flavour, { isReadOnly: false, isSuperReadOnly: null }));
  return {
    clusterName: PRIMARY,
    failed: parseKey(PRIMARY, 3306),
    records: [primary, ...names.map((name, index) => record(key(name), index + 2, flavour, replicas[name] ?? {}))],
    fresh: new Set(names.filter((name) => replicas[name]?.isAbsent !== true).map(key)),
    family: new Set(names.map(key)),
    explicitCandidate: null,
    committedSuccessor: null,
    excluded: [],
    silenced: new Set(names.map(key)),
    seen: new Map(),
    ...changes,
    settings: {
      promotionDrainTimeoutMs: 60_000,
      preventCrossDataCenter: false,
      preventCrossRegion: false,
      failPromotionOnLagMinutes: 0,
      postponeOnLagMinutes: 0,
      failIfApplierNotUpToDate: false,
      isPromotionIgnored: () => false,
      applyPromotion: true,
      semiSyncStatusMaxAgeMs: 15_000,
      mustPromoteOtherCoPrimary: true,
      ...changes.settings,
    },
  };
}

export const planFamily = (...given: Parameters<typeof familyInput>): FailoverPlan | Refusal =>
  planFailover(familyInput(...given));

/** The plan, or an error with the refusal's reason. */
export function planned(plan: FailoverPlan | Refusal): FailoverPlan {
  if (plan.kind === 'refusal') throw new Error(`refused: ${plan.reason}`);
  return plan;
}

export const stepsOf = (plan: FailoverPlan | Refusal, stageName: string, name?: string): readonly Step[] =>
  planned(plan)
    .stages.filter((stage) => stage.name === stageName)
    .flatMap(({ lanes }) => lanes)
    .filter((lane) => name === undefined || lane.server.hostname === name)
    .flatMap(({ steps }) => steps);

/** `stop-receiver`, `wait drained`, … in order. */
export const wordsOf = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ action, ensures }) => (action.kind === 'command' ? action.command.kind : `wait ${ensures?.kind}`));

/** Stages of the plan in order. */
export const stageNames = (plan: FailoverPlan | Refusal): readonly string[] =>
  planned(plan).stages.map(({ name }) => name);
