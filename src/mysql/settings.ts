import type { Secret } from '../model/secret.ts';
import type { TlsSettings } from './tls.ts';

/** Queries and patterns that classify a server; '' or undefined means not configured. Keys of the same names in the configuration. */
export interface ClassificationSettings {
  readonly detectDataCenterQuery: string;
  readonly detectRegionQuery: string;
  readonly detectPhysicalEnvironmentQuery: string;
  readonly detectInstanceAliasQuery: string;
  readonly detectSemiSyncEnforcedQuery: string;
  readonly detectPromotionRuleQuery: string;
  readonly detectClusterAliasQuery: string;
  readonly detectClusterDomainQuery: string;
  readonly detectPseudoGtidQuery: string;
  /** Expressions on the server's hostname, compiled (configuration files have them in Go's form); the first capture group is the value. */
  readonly dataCenterPattern: RegExp | undefined;
  readonly regionPattern: RegExp | undefined;
  readonly physicalEnvironmentPattern: RegExp | undefined;
}

export interface ServersSettings {
  readonly user: string;
  readonly password: Secret;
  /** Connect and login (MySQLConnectTimeoutSeconds). */
  readonly connectTimeoutMs: number;
  /** Longest time one statement of a probe may take, within the probe's own deadline (MySQLDiscoveryReadTimeoutSeconds). */
  readonly readTimeoutMs: number;
  readonly tls: TlsSettings;
  /** '' means: the replica's own seconds behind. */
  readonly replicationLagQuery: string;
  /** '' means: mysql.slave_master_info only. */
  readonly replicationCredentialsQuery: string;
  readonly classification: ClassificationSettings;
}

/** Nothing configured: every query and pattern empty. */
export const NO_CLASSIFICATION: ClassificationSettings = {
  detectDataCenterQuery: '',
  detectRegionQuery: '',
  detectPhysicalEnvironmentQuery: '',
  detectInstanceAliasQuery: '',
  detectSemiSyncEnforcedQuery: '',
  detectPromotionRuleQuery: '',
  detectClusterAliasQuery: '',
  detectClusterDomainQuery: '',
  detectPseudoGtidQuery: '',
  dataCenterPattern: undefined,
  regionPattern: undefined,
  physicalEnvironmentPattern: undefined,
};

/** A query that only has blanks is not asked. */
export const isConfigured = (sql: string): boolean => sql.trim() !== '';
