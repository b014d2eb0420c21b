import { resolveMarkerSettings } from '../binlog/marker.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { OrchestratorSettings } from '../engine/orchestrator-settings.ts';
import { HOOK_LISTS, type HookListName } from '../engine/recovery/hooks.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { formatKey, type InstanceKey, parseKey } from '../model/instance-key.ts';
import { readingSettings } from './reading-settings.ts';

/** One statement that reads a chunk of a log; a busy server may take its time. */
/** A status is taken for up to date until this many full readings in a row have been missed. */
const FULL_READINGS_MISSED = 3;
const BINLOG_READ_DEADLINE_MS = 30_000;

/** What of the engine's settings is not configuration. */
export type EngineIdentity = Pick<OrchestratorSettings, 'mode' | 'node'>;

/**
 * The engine's settings, from the configuration; seconds and minutes become milliseconds here. What comes from live keys is read from
 * `current` each time, so that it follows a reload: it must not be copied out of the settings.
 */
export function engineSettings(
  loaded: LoadedConfig,
  identity: EngineIdentity,
  current: () => LoadedConfig = () => loaded,
): OrchestratorSettings {
  const { config } = loaded;
  const reading = readingSettings(loaded, current);
  const isPromotionIgnored = (key: InstanceKey): boolean =>
    matches(current().patterns.PromotionIgnoreHostnameFilters, formatKey(key));
  const probeDeadlineMs = config.ProbeDeadlineMilliseconds;
  const freshness = {
    instancePollSeconds: config.InstancePollSeconds,
    reasonableInstanceCheckSeconds: config.ReasonableInstanceCheckSeconds,
  };
  const detection = {
    probeDeadlineMs,
    graces: {
      cleanShutdownGraceMs: config.CleanShutdownGraceSeconds * 1000,
      primaryRestartGraceMs: config.PrimaryRestartGraceMilliseconds,
    },
  };
  const matches = (list: readonly RegExp[], text: string): boolean => list.some((pattern) => pattern.test(text));
  return {
    ...identity,
    ...freshness,
    defaultPort: reading.defaultPort,
    seeds: config.DiscoverySeeds.map((seed) => checkedSeed(seed, config.DefaultInstancePort)),
    forgetUnseenMs: config.UnseenInstanceForgetHours * 3_600_000,
    get aliasPatterns() {
      return reading.aliasPatterns;
    },
    discovery: {
      pollMs: config.InstancePollSeconds * 1000,
      deadFactor: config.DeadInstancePollSecondsMultiplyFactor,
      deadMaxMs: config.DeadInstancePollSecondsMax * 1000,
      probeDeadlineMs: config.MySQLConnectTimeoutSeconds * 1000 + config.MySQLDiscoveryReadTimeoutSeconds * 1000,
      maxConcurrency: config.DiscoveryMaxConcurrency,
      queueCapacity: config.DiscoveryQueueCapacity,
      deadMaxConcurrency: config.DeadInstanceDiscoveryMaxConcurrency,
      get filters() {
        const now = current().patterns;
        return {
          hosts: now.DiscoveryIgnoreHostnameFilters,
          replicas: now.DiscoveryIgnoreReplicaHostnameFilters,
          sources: now.DiscoveryIgnoreMasterHostnameFilters,
          replicationUsers: now.DiscoveryIgnoreReplicationUsernameFilters,
        };
      },
      logsFilters: config.EnableDiscoveryFiltersLogs,
      mysqlHostnameMethod: mysqlHostnameMethod(config.MySQLHostnameResolveMethod),
      identityByAddress: config.IdentityByAddress,
      forgetMs: 3 * config.InstancePollSeconds * 1000,
    },
    detection: { ...detection, pulseMs: config.PrimaryPulseMilliseconds },
    analysis: reading.analysis,
    recoveries: {
      owner: identity.node.owner,
      hearing: detection,
      periodBlockSeconds: config.RecoveryPeriodBlockSeconds,
      promotionDrainTimeoutMs: config.PromotionDrainTimeoutSeconds * 1000,
      preventCrossDataCenter: config.PreventCrossDataCenterMasterFailover,
      preventCrossRegion: config.PreventCrossRegionMasterFailover,
      failPromotionOnLagMinutes: config.FailMasterPromotionOnLagMinutes,
      postponeOnLagMinutes: config.PostponeReplicaRecoveryOnLagMinutes,
      delayPromotion: config.DelayMasterPromotionIfSQLThreadNotUpToDate,
      detachLostReplicas: config.DetachLostReplicasAfterMasterFailover,
      detachSuccessor: config.MasterFailoverDetachReplicaMasterHost,
      failIfApplierNotUpToDate: config.FailMasterPromotionIfSQLThreadNotUpToDate,
      isPromotionIgnored,
      applyPromotion: config.ApplyMySQLPromotionAfterMasterFailover,
      semiSyncStatusMaxAgeMs: config.InstancePollSeconds * 1000 * FULL_READINGS_MISSED,
      mustPromoteOtherCoPrimary: config.CoMasterRecoveryMustPromoteOtherCoMaster,
      knowsPseudoGtid: config.AutoPseudoGTID || config.PseudoGTIDPattern !== '',
      enforceExactSemiSync: config.EnforceExactSemiSyncReplicas,
      recoverLockedSemiSync: config.RecoverLockedSemiSyncMaster,
      freshness,
      maxConcurrentOperations: config.MaxConcurrentReplicaOperations,
    },
    operations: {
      owner: identity.node.owner,
      maxConcurrent: config.MaxConcurrentReplicaOperations,
      replicationCredentials:
        config.MySQLReplicationUser === ''
          ? null
          : { user: config.MySQLReplicationUser, password: config.MySQLReplicationPassword },
      planning: {
        ...freshness,
        reasonableMaintenanceLagSeconds: config.ReasonableMaintenanceReplicationLagSeconds,
        verifyReplicationFilters: config.VerifyReplicationFilters,
        lowerReplicaVersionAllowed: config.LowerReplicaVersionAllowed,
        useSuperReadOnly: config.UseSuperReadOnly,
        semiSyncMode: config.EnforceExactSemiSyncReplicas
          ? 'exact'
          : config.RecoverLockedSemiSyncMaster
            ? 'enough'
            : null,
        preventCrossDataCenter: config.PreventCrossDataCenterMasterFailover,
        preventCrossRegion: config.PreventCrossRegionMasterFailover,
        knowsPseudoGtid: config.AutoPseudoGTID || config.PseudoGTIDPattern !== '',
        drainTimeoutMs: config.PromotionDrainTimeoutSeconds * 1000,
        isPromotionIgnored,
      },
    },
    names: { skipsBinlogServers: config.SkipBinlogServerUnresolveCheck },
    agents: {
      isServed: config.ServeAgentsHttp,
      pollMs: config.AgentPollMinutes * 60_000,
      unseenHours: config.UnseenAgentForgetHours,
      staleSeedMinutes: config.StaleSeedFailMinutes,
      acceptableBytes: Math.max(0, config.SeedAcceptableBytesDiff),
      waitSecondsBeforeSend: Math.max(0, config.SeedWaitSecondsBeforeSend),
    },
    classification: reading.classification,
    snapshotTopologiesMs: config.SnapshotTopologiesIntervalHours * 3_600_000,
    pseudoGtid: {
      isAuto: config.AutoPseudoGTID,
      markers: resolveMarkerSettings(config.AutoPseudoGTID, {
        pattern: config.PseudoGTIDPattern,
        isFixedSubstring: config.PseudoGTIDPatternIsFixedSubstring,
        monotonicHint: config.PseudoGTIDMonotonicHint,
        skipContaining: config.SkipBinlogEventsContaining,
      }),
      chunkEvents: config.BinlogEventsChunkSize,
      readDeadlineMs: BINLOG_READ_DEADLINE_MS,
    },
    kvPrefix: config.KVClusterMasterPrefix,
    get hookLists() {
      const now = current().config;
      return Object.fromEntries(HOOK_LISTS.map((name) => [name, now[name]])) as Record<HookListName, readonly string[]>;
    },
  };
}

/** @throws OrchestratorError `config-bad-value` naming the key, before anything is opened. */
function checkedSeed(seed: string, defaultPort: number): string {
  try {
    parseKey(seed, defaultPort);
    return seed;
  } catch (thrown) {
    throw new OrchestratorError('config-bad-value', `DiscoverySeeds: ${messageOf(thrown)}`, {
      details: { key: 'DiscoverySeeds' },
      cause: thrown,
    });
  }
}

function mysqlHostnameMethod(method: string): OrchestratorSettings['discovery']['mysqlHostnameMethod'] {
  return method === '@@hostname' || method === '@@report_host' ? method : 'none';
}
