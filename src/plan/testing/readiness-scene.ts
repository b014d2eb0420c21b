/** Invented clusters for tests of readiness; nothing outside tests imports this. */
import { type FailoverSwitches, FREE_TO_ACT } from '../../analysis/failover-question.ts';
import type { Instance, SemiSyncStatus } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { uuidOf } from '../../model/testing/instances.ts';
import type { FailoverSettings } from '../failover/input.ts';
import { assessReadiness } from '../readiness/assess.ts';
import type { ReadinessInput, ReadinessSettings } from '../readiness/input.ts';
import type { Readiness } from '../readiness/readiness.ts';
import { familyInput, type InventedFlavour, type InventedReplica, PRIMARY } from './family.ts';

export const NOW_MS = 1_750_000_000_000;

/** What a test says of the cluster; everything unsaid is healthy and lets recoveries act. */
export interface InventedCluster {
  readonly flavour?: InventedFlavour;
  readonly replicas?: Readonly<Record<string, InventedReplica>>;
  /** How many transactions the primary has; default 10, what replicas have received unless they say otherwise. */
  readonly written?: number;
  readonly primary?: Partial<Instance>;
  readonly semiSync?: Partial<SemiSyncStatus>;
  readonly switches?: Partial<FailoverSwitches>;
  readonly failover?: Partial<FailoverSettings>;
  readonly settings?: Partial<Omit<ReadinessSettings, 'failover' | 'analysis'>>;
  readonly analysis?: Partial<ReadinessSettings['analysis']>;
  readonly input?: Partial<Pick<ReadinessInput, 'recentRecovery' | 'nodeTrouble' | 'applyRates'>>;
  readonly earlier?: readonly ServerRecord[];
  /** Changes a record at last, by its name. */
  readonly change?: (record: ServerRecord, name: string) => ServerRecord;
}

const ANALYSIS: ReadinessSettings['analysis'] = {
  instancePollSeconds: 5,
  reasonableInstanceCheckSeconds: 1,
  reasonableReplicationLagSeconds: 10,
  enforceExactSemiSyncReplicas: false,
  recoverNonWriteablePrimary: false,
  reduceReplicationAnalysisCount: false,
  recoveryIgnoreHostnameFilters: [],
  recoverPrimaryClusterFilters: ['*'],
  recoverIntermediateClusterFilters: [],
};

/** A primary `p` and replicas `a` and `b` (or those that are said), running and level. */
export function readinessInput(said: InventedCluster = {}): ReadinessInput {
  const { flavour = '9.7', replicas = { a: {}, b: {} }, written = 10 } = said;
  const running = Object.fromEntries(
    Object.entries(replicas).map(([name, one]) => [name, { receiver: 'running', ...one } as InventedReplica]),
  );
  const family = familyInput(flavour, running, { ...(said.failover === undefined ? {} : { settings: said.failover }) });
  const executedGtid = flavour === 'mariadb' ? `0-1-${written}` : `${uuidOf(1)}:1-${written}`;
  const below = family.records.map(({ key }) => key).slice(1);
  const records = family.records.map((record): ServerRecord => {
    const name = formatKey(record.key);
    const isPrimary = name === PRIMARY;
    const isAbsent = replicas[record.key.hostname]?.isAbsent === true;
    const { instance } = record;
    const completed: ServerRecord = {
      ...record,
      instance:
        !isPrimary || instance === null
          ? instance
          : { ...instance, executedGtid, semiSync: { ...instance.semiSync, ...said.semiSync }, ...said.primary },
      position: {
        ...record.position,
        clusterName: PRIMARY,
        clusterAlias: 'shop',
        depth: isPrimary ? 0 : 1,
        replicas: isPrimary ? below : [],
      },
      check: {
        lastAttemptAtMs: NOW_MS,
        lastCheckedAtMs: NOW_MS,
        lastSeenAtMs: isAbsent ? NOW_MS - 60_000 : NOW_MS,
        lastCheckPartialSuccess: !isAbsent,
        failure: isAbsent ? 'no answer' : null,
      },
    };
    return said.change?.(completed, record.key.hostname) ?? completed;
  });
  return {
    clusterName: PRIMARY,
    records,
    earlier: said.earlier ?? [],
    switches: { ...FREE_TO_ACT, ...said.switches },
    recentRecovery: null,
    nodeTrouble: null,
    applyRates: new Map(),
    ...said.input,
    settings: {
      failover: family.settings,
      analysis: { ...ANALYSIS, ...said.analysis },
      graces: { cleanShutdownGraceMs: 10_000, primaryRestartGraceMs: 0 },
      hooksBefore: 0,
      ...said.settings,
    },
    nowMs: NOW_MS,
  };
}

export const readinessOf = (said: InventedCluster = {}): Readiness => assessReadiness(readinessInput(said));
