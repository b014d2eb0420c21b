import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { AgentsServerSettings } from '../http/agents-server.ts';
import type { HttpServerSettings } from '../http/server.ts';
import type { ResolverSettings } from '../metadata/hostname-resolver.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import type { ServersSettings } from '../mysql/settings.ts';
import type { AgentClientSettings } from '../outlet/agent-client.ts';
import type { StoreSettings } from '../store/create-store.ts';
import type { MysqlStoreSettings } from '../store/mysql-store.ts';

/** The text of a PEM file that a key of the configuration names; null when the key is empty. */
function pem(config: Config, key: keyof Config): string | null {
  const path = String(config[key]);
  if (path === '') return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new OrchestratorError(
      'tls-file-unreadable',
      `${key}: cannot read ${path} (${messageOf(thrown)}); check the path and its permissions`,
      { cause: thrown },
    );
  }
}

/** `current` gives the configuration with the live keys as they are now. */
export function serversSettings(
  loaded: LoadedConfig,
  current: () => Pick<LoadedConfig, 'patterns'> = () => loaded,
): ServersSettings {
  const { config } = loaded;
  return {
    user: config.MySQLTopologyUser,
    password: config.MySQLTopologyPassword,
    connectTimeoutMs: config.MySQLConnectTimeoutSeconds * 1000,
    readTimeoutMs: config.MySQLDiscoveryReadTimeoutSeconds * 1000,
    tls: {
      mode: config.MySQLTopologyUseMutualTLS ? 'always' : config.MySQLTopologyUseMixedTLS ? 'mixed' : 'never',
      ca: pem(config, 'MySQLTopologySSLCAFile'),
      cert: pem(config, 'MySQLTopologySSLCertFile'),
      key: pem(config, 'MySQLTopologySSLPrivateKeyFile'),
      skipVerify: config.MySQLTopologySSLSkipVerify,
      rememberMs: config.TLSCacheTTLFactor * config.InstancePollSeconds * 1000,
    },
    replicationLagQuery: config.ReplicationLagQuery,
    replicationCredentialsQuery: config.ReplicationCredentialsQuery,
    classification: {
      detectDataCenterQuery: config.DetectDataCenterQuery,
      detectRegionQuery: config.DetectRegionQuery,
      detectPhysicalEnvironmentQuery: config.DetectPhysicalEnvironmentQuery,
      detectInstanceAliasQuery: config.DetectInstanceAliasQuery,
      detectSemiSyncEnforcedQuery: config.DetectSemiSyncEnforcedQuery,
      detectPromotionRuleQuery: config.DetectPromotionRuleQuery,
      detectClusterAliasQuery: config.DetectClusterAliasQuery,
      detectClusterDomainQuery: config.DetectClusterDomainQuery,
      detectPseudoGtidQuery: config.DetectPseudoGTIDQuery,
      get dataCenterPattern() {
        return current().patterns.DataCenterPattern[0];
      },
      get regionPattern() {
        return current().patterns.RegionPattern[0];
      },
      get physicalEnvironmentPattern() {
        return current().patterns.PhysicalEnvironmentPattern[0];
      },
    },
  };
}

export function storeSettings({ config }: LoadedConfig, node: StoreSettings['node'], version: string): StoreSettings {
  return {
    version,
    node,
    skipDatabaseUpdate: config.SkipOrchestratorDatabaseUpdate,
    panicIfDifferentDatabaseDeploy: config.PanicIfDifferentDatabaseDeploy,
    periodBlockSeconds: config.RecoveryPeriodBlockSeconds,
    detectionPeriodBlockSeconds: config.FailureDetectionPeriodBlockMinutes * 60,
    // Longer than the historic 2 s, since a blocked recovery is tried again once a second and not at every tick.
    blockedExpirySeconds: 5,
    auditToBackendDb: config.AuditToBackendDB,
    auditPurgeDays: config.AuditPurgeDays,
    candidateExpireMinutes: config.CandidateInstanceExpireMinutes,
    hostnameResolveExpireMinutes: config.ExpiryHostnameResolvesMinutes,
    poolExpireMinutes: config.InstancePoolExpiryMinutes,
    accessTokenUseSeconds: config.AccessTokenUseExpirySeconds,
    accessTokenExpireMinutes: config.AccessTokenExpiryMinutes,
  };
}

export function mysqlStoreSettings(loaded: LoadedConfig, common: StoreSettings): MysqlStoreSettings {
  const { config } = loaded;
  const ca = pem(config, 'MySQLOrchestratorSSLCAFile');
  const cert = pem(config, 'MySQLOrchestratorSSLCertFile');
  const key = pem(config, 'MySQLOrchestratorSSLPrivateKeyFile');
  return {
    ...common,
    host: config.MySQLOrchestratorHost,
    port: config.MySQLOrchestratorPort,
    database: config.MySQLOrchestratorDatabase,
    user: config.MySQLOrchestratorUser,
    password: config.MySQLOrchestratorPassword,
    tls: config.MySQLOrchestratorUseMutualTLS
      ? {
          ...(ca === null ? {} : { ca }),
          ...(cert === null ? {} : { cert }),
          ...(key === null ? {} : { key }),
          rejectUnauthorized: !config.MySQLOrchestratorSSLSkipVerify,
        }
      : null,
    maxConnections: config.MySQLOrchestratorMaxPoolConnections,
    connectTimeoutMs: config.MySQLConnectTimeoutSeconds * 1000,
    readTimeoutMs: config.MySQLOrchestratorReadTimeoutSeconds * 1000,
    rejectReadOnly: config.MySQLOrchestratorRejectReadOnly,
  };
}

/** An agent may have to look for snapshots; it answers within this time. */
const AGENT_TIMEOUT_MS = 30_000;

export const agentClientSettings = ({ config }: LoadedConfig): AgentClientSettings => ({
  useTls: config.AgentsUseSSL,
  skipVerify: config.AgentSSLSkipVerify || config.SSLSkipVerify,
  // Not read unless agents are spoken to, so that a forgotten path does not keep the program from starting.
  ca: config.ServeAgentsHttp ? pem(config, 'AgentSSLCAFile') : null,
  cert: config.ServeAgentsHttp ? pem(config, 'AgentSSLCertFile') : null,
  key: config.ServeAgentsHttp ? pem(config, 'AgentSSLPrivateKeyFile') : null,
  timeoutMs: AGENT_TIMEOUT_MS,
});

export const agentsServerSettings = ({ config }: LoadedConfig): AgentsServerSettings => ({
  listenAddress: config.AgentsServerPort,
  useSsl: config.AgentsUseSSL,
  useMutualTls: config.AgentsUseMutualTLS,
  sslSkipVerify: config.AgentSSLSkipVerify,
  sslPrivateKeyFile: config.AgentSSLPrivateKeyFile,
  sslCertFile: config.AgentSSLCertFile,
  sslCaFile: config.AgentSSLCAFile,
  sslValidOus: config.AgentSSLValidOUs,
});

export function resolverSettings({ config, patterns }: LoadedConfig): ResolverSettings {
  const method = config.HostnameResolveMethod;
  return {
    method: method === 'cname' || method === 'ip' || method === 'none' ? method : 'default',
    expiryMinutes: config.ExpiryHostnameResolvesMinutes,
    rejectPattern: patterns.RejectHostnameResolvePattern[0] ?? null,
  };
}

export function httpSettings(
  loaded: LoadedConfig,
  node: { readonly hostname: string; readonly fullHostname: string; readonly token: string; readonly version: string },
  current: () => LoadedConfig = () => loaded,
  isObserving = false,
): HttpServerSettings {
  const { config } = loaded;
  return {
    listenAddress: config.ListenAddress,
    listenSocket: config.ListenSocket,
    urlPrefix: config.URLPrefix,
    statusEndpoint: config.StatusEndpoint,
    statusOuVerify: config.StatusOUVerify,
    useSsl: config.UseSSL,
    useMutualTls: config.UseMutualTLS,
    sslSkipVerify: config.SSLSkipVerify,
    sslPrivateKeyFile: config.SSLPrivateKeyFile,
    sslCertFile: config.SSLCertFile,
    sslCaFile: config.SSLCAFile,
    sslValidOus: config.SSLValidOUs,
    authenticationMethod: config.AuthenticationMethod as HttpServerSettings['authenticationMethod'],
    httpAuthUser: config.HTTPAuthUser,
    httpAuthPassword: config.HTTPAuthPassword,
    httpAuthReadonlyPassword: config.HTTPAuthReadonlyPassword,
    authUserHeader: config.AuthUserHeader,
    readOnly: config.ReadOnly || isObserving,
    powerAuthUsers: config.PowerAuthUsers,
    powerAuthGroups: config.PowerAuthGroups,
    instancePollSeconds: config.InstancePollSeconds,
    reasonableInstanceCheckSeconds: config.ReasonableInstanceCheckSeconds,
    reasonableReplicationLagSeconds: config.ReasonableReplicationLagSeconds,
    get problemIgnoreHostnameFilters() {
      return current().patterns.ProblemIgnoreHostnameFilters;
    },
    get recoverMasterClusterFilters() {
      return current().config.RecoverMasterClusterFilters;
    },
    get recoverIntermediateMasterClusterFilters() {
      return current().config.RecoverIntermediateMasterClusterFilters;
    },
    get recoveryIgnoreHostnameFilters() {
      return current().config.RecoveryIgnoreHostnameFilters;
    },
    webMessage: config.WebMessage,
    removeTextFromHostnameDisplay: config.RemoveTextFromHostnameDisplay,
    messagePrefix: messagePrefix(config, node),
    maintenanceOwner: 'orchestrator',
    programVersion: node.version,
    nodeHostname: node.hostname,
    nodeToken: node.token,
    raft: config.RaftEnabled ? raftIdentity(config) : null,
  };
}

/** Addresses without a port get DefaultRaftPort; the API is HTTPAdvertise, else the port of ListenAddress at the raft address. */
function raftIdentity(config: Config): NonNullable<HttpServerSettings['raft']> {
  const withPort = (address: string): string =>
    /:\d+$/.test(address) ? address : `${address}:${config.DefaultRaftPort}`;
  const advertise = withPort(config.RaftAdvertise);
  const host = advertise.replace(/:\d+$/, '');
  const port = /:(\d+)$/.exec(config.ListenAddress)?.[1] ?? '3000';
  const scheme = config.UseSSL ? 'https' : 'http';
  const leaderUri = config.HTTPAdvertise === '' ? `${scheme}://${host}:${port}` : config.HTTPAdvertise;
  return { bind: withPort(config.RaftBind), advertise, leaderUri };
}

/** PrependMessagesWithOrcIdentity: what every Message begins with; '' for nothing. */
function messagePrefix(
  config: Config,
  { hostname, fullHostname }: { readonly hostname: string; readonly fullHostname: string },
): string {
  const custom = config.CustomOrcIdentity;
  const method = config.PrependMessagesWithOrcIdentity.toLowerCase();
  const identity = { fqdn: fullHostname || custom, hostname: hostname || custom, custom }[method];
  return identity === undefined ? '' : `Orchestrator ${identity} says: `;
}
