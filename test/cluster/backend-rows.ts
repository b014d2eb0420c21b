/**
 * Rows as scripts of third parties write them into database_instance by plain SQL: 64 of its 78 columns, times by the backend's
 * own expressions, everything else left to the columns' defaults.
 */
export interface RowFacts {
  readonly port: number;
  readonly cluster: number;
  /** Port of the source; none for a primary. */
  readonly source?: number;
  readonly isSeen?: boolean;
  /** The last check got as far as telling who the server is. */
  readonly isPartial?: boolean;
  readonly receiver?: boolean;
  readonly applier?: boolean;
  readonly ioError?: string;
  readonly isReadOnly?: boolean;
  readonly hasGtid?: boolean;
  readonly depth?: number;
  /** Further columns, as SQL. */
  readonly also?: Readonly<Record<string, string>>;
}

/** 64 columns in the order in which such scripts name them, with the value of a healthy MySQL 5.7 server. */
function columnsOf(facts: RowFacts): Readonly<Record<string, string>> {
  const { port, cluster, source, isSeen = true, isPartial = isSeen, receiver, applier, hasGtid = true } = facts;
  const follows = source !== undefined;
  const flag = (value: boolean | undefined): string => (value === false || !follows ? '0' : '1');
  return {
    hostname: "'testhost'",
    port: String(port),
    last_checked: "datetime('now')",
    last_attempted_check: "datetime('now')",
    last_check_partial_success: isPartial ? '1' : '0',
    uptime: '203',
    server_id: String(port),
    server_uuid: `'00020194-3333-3333-3333-${String(port).padStart(12, '0')}'`,
    version: "'5.7.26-log'",
    major_version: "'5.7'",
    version_comment: "'MySQL Community Server (GPL)'",
    binlog_server: '0',
    read_only: (facts.isReadOnly ?? follows) ? '1' : '0',
    binlog_format: "'ROW'",
    binlog_row_image: "'FULL'",
    log_bin: '1',
    log_slave_updates: '1',
    binary_log_file: "'mysql-bin.000167'",
    binary_log_pos: '137086726',
    master_host: follows ? "'testhost'" : "''",
    master_port: String(source ?? 0),
    master_uuid: follows ? `'00020194-3333-3333-3333-${String(source).padStart(12, '0')}'` : "''",
    slave_sql_running: flag(applier),
    slave_io_running: flag(receiver),
    has_replication_filters: '0',
    supports_oracle_gtid: hasGtid ? '1' : '0',
    oracle_gtid: hasGtid && follows ? '1' : '0',
    executed_gtid_set: hasGtid ? "'00020192-1111-1111-1111-111111111111:1-20'" : "''",
    gtid_mode: hasGtid ? "'ON'" : "'OFF'",
    gtid_purged: "''",
    gtid_errant: "''",
    mariadb_gtid: '0',
    pseudo_gtid: '0',
    master_log_file: follows ? "'mysql-bin.000150'" : "''",
    read_master_log_pos: follows ? '10000' : '0',
    relay_master_log_file: follows ? "'mysql-bin.000150'" : "''",
    exec_master_log_pos: follows ? '10000' : '0',
    relay_log_file: follows ? "'mysql-relay.000002'" : "''",
    relay_log_pos: follows ? '1000' : '0',
    last_sql_error: "''",
    last_io_error: `'${facts.ioError ?? ''}'`,
    seconds_behind_master: follows ? '0' : 'NULL',
    slave_lag_seconds: follows ? '0' : 'NULL',
    sql_delay: '0',
    num_slave_hosts: '0',
    slave_hosts: "'[]'",
    cluster_name: `'testhost:${cluster}'`,
    suggested_cluster_alias: "''",
    data_center: "'ny'",
    region: "'us'",
    physical_environment: "''",
    replication_depth: String(facts.depth ?? (follows ? 1 : 0)),
    is_co_master: '0',
    replication_credentials_available: '0',
    has_replication_credentials: '1',
    allow_tls: '0',
    semi_sync_enforced: '0',
    semi_sync_master_enabled: '0',
    semi_sync_replica_enabled: '0',
    instance_alias: "''",
    last_discovery_latency: '1500000',
    ancestry_uuid: "''",
    semi_sync_master_timeout: '0',
    last_seen: isSeen ? "datetime('now', '+1 second')" : "datetime('now', '-10 minute')",
  };
}

/** How many columns insertRow names when a row says nothing `also`. */
export const COLUMNS_WRITTEN = Object.keys(columnsOf({ port: 1, cluster: 1 })).length;

/** The INSERT for one row. */
export function insertRow(facts: RowFacts): string {
  const columns = { ...columnsOf(facts), ...facts.also };
  return `INSERT INTO database_instance (${Object.keys(columns).join(', ')}) VALUES (${Object.values(columns).join(', ')})`;
}
