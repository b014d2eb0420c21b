/**
 * Keys of former times that configuration files in the field still carry. They are accepted and have no effect,
 * as in the historic program; the text says what to do instead, where there is something.
 */
export const OBSOLETE_KEYS: ReadonlyMap<string, string> = new Map([
  ['DatabaselessMode__experimental', ''],
  ['BufferBinlogEvents', ''],
  ['BinlogFileHistoryDays', ''],
  ['MaintenanceOwner', ''],
  ['ReadLongRunningQueries', ''],
  ['DiscoveryPollSeconds', 'InstancePollSeconds sets how often servers are read'],
  ['ActiveNodeExpireSeconds', ''],
  ['AuditPageSize', ''],
  ['SlaveStartPostWaitMilliseconds', ''],
  ['MySQLTopologyMaxPoolConnections', 'each server has one connection for reading and one per operation'],
  ['MaintenancePurgeDays', ''],
  ['MaintenanceExpireMinutes', ''],
  ['HttpTimeoutSeconds', ''],
  ['AgentAutoDiscover', ''],
  ['PseudoGTIDCoordinatesHistoryHeuristicMinutes', ''],
  ['PseudoGTIDPreferIndependentMultiMatch', ''],
  ['MaxOutdatedKeysToShow', ''],
  ['RecoveryPollSeconds', 'failures are noticed as they happen'],
  ['StatusSimpleHealth', 'the status check is always the simple one'],
]);

/** Keys of a fork whose features are to come: known, checked by nobody, without effect for now. */
export const PLANNED_KEYS: ReadonlySet<string> = new Set([
  'MetaDBHost',
  'MetaDBPort',
  'MetaDBName',
  'SlaveBinLogEnableMaxLagSeconds',
]);
