import { defineTable, type TableDefinition } from './table-definition.ts';

/** Servers and what was seen of them. */
export const INSTANCE_TABLES: readonly TableDefinition[] = [
  defineTable(
    'database_instance',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    last_checked timestamp not null default ''
    last_seen timestamp default NULL
    server_id INT not null
    version varchar(128) not null
    binlog_format varchar(16) not null
    log_bin tinyint not null
    log_slave_updates tinyint not null
    binary_log_file varchar(128) not null
    binary_log_pos bigint not null
    master_host varchar(128) not null
    master_port smallint not null
    slave_sql_running tinyint not null
    slave_io_running tinyint not null
    master_log_file varchar(128) not null
    read_master_log_pos bigint not null
    relay_master_log_file varchar(128) not null
    exec_master_log_pos bigint not null
    seconds_behind_master bigint default NULL
    slave_lag_seconds bigint default NULL
    num_slave_hosts INT not null
    slave_hosts TEXT not null
    cluster_name varchar(128) not null
    read_only TINYint not null default 0
    last_sql_error TEXT not null default ''
    last_io_error TEXT not null default ''
    oracle_gtid TINYint not null default 0
    mariadb_gtid TINYint not null default 0
    relay_log_file varchar(128) not null default ''
    relay_log_pos bigint not null default 0
    pseudo_gtid TINYint not null default 0
    replication_depth TINYint not null default 0
    has_replication_filters TINYint not null default 0
    data_center varchar(32) not null default ''
    physical_environment varchar(32) not null default ''
    uptime INT not null default 0
    is_co_master TINYint not null default 0
    sql_delay INT not null default 0
    binlog_server TINYint not null default 0
    supports_oracle_gtid TINYint not null default 0
    executed_gtid_set TEXT not null default ''
    server_uuid varchar(64) not null default ''
    suggested_cluster_alias varchar(128) not null default ''
    last_attempted_check TIMESTAMP not null default '1971-01-01 00:00:00'
    gtid_purged TEXT not null default ''
    replication_credentials_available TINYint not null default 0
    has_replication_credentials TINYint not null default 0
    allow_tls TINYint not null default 0
    semi_sync_enforced TINYint not null default 0
    instance_alias varchar(128) not null default ''
    version_comment varchar(128) not null default ''
    major_version varchar(16) not null default ''
    binlog_row_image varchar(16) not null default ''
    last_discovery_latency bigint not null default 0
    semi_sync_master_enabled TINYint not null default 0
    semi_sync_replica_enabled TINYint not null default 0
    gtid_mode varchar(32) not null default ''
    last_check_partial_success tinyint not null default 0
    master_uuid varchar(64) not null default ''
    gtid_errant TEXT not null default ''
    ancestry_uuid TEXT not null default ''
    replication_sql_thread_state tinyint signed not null default 0
    replication_io_thread_state tinyint signed not null default 0
    region varchar(32) not null default ''
    semi_sync_master_timeout INT not null default 0
    semi_sync_master_wait_for_slave_count INT not null default 0
    semi_sync_master_status TINYint not null default 0
    semi_sync_replica_status TINYint not null default 0
    semi_sync_master_clients INT not null default 0
    semi_sync_available TINYint not null default 0
    replication_group_name VARCHAR(64) not null default ''
    replication_group_is_single_primary_mode TINYint not null default 1
    replication_group_member_state VARCHAR(16) not null default ''
    replication_group_member_role VARCHAR(16) not null default ''
    replication_group_members TEXT not null default ''
    replication_group_primary_host varchar(128) not null default ''
    replication_group_primary_port smallint not null default 0
  `,
    [
      'cluster_name_idx_database_instance(cluster_name)',
      'last_checked_idx_database_instance(last_checked)',
      'last_seen_idx_database_instance(last_seen)',
      'master_host_port_idx_database_instance_database_instance(master_host,master_port)',
      'suggested_cluster_alias_idx_database_instance(suggested_cluster_alias)',
    ],
  ),
  defineTable(
    'database_instance_topology_history',
    'snapshot_unix_timestamp,hostname,port',
    `
    snapshot_unix_timestamp INT not null
    hostname varchar(128) not null
    port smallint not null
    master_host varchar(128) not null
    master_port smallint not null
    cluster_name tinytext not null
    version varchar(128) not null default ''
  `,
    ['cluster_name_idx_database_instance_topology_history(snapshot_unix_timestamp,cluster_name)'],
  ),
  defineTable(
    'database_instance_coordinates_history',
    'history_id',
    `
    history_id INTEGER
    hostname varchar(128) not null
    port smallint not null
    recorded_timestamp timestamp not null default ''
    binary_log_file varchar(128) not null
    binary_log_pos bigint not null
    relay_log_file varchar(128) not null
    relay_log_pos bigint not null
    last_seen timestamp not null default '1971-01-01 00:00:00'
  `,
    [
      'hostname_port_recorded_idx_database_instance_coordinates_history(hostname,port,recorded_timestamp)',
      'recorded_timestmp_idx_database_instance_coordinates_history(recorded_timestamp)',
    ],
  ),
  defineTable(
    'database_instance_binlog_files_history',
    'history_id',
    `
    history_id INTEGER
    hostname varchar(128) not null
    port smallint not null
    binary_log_file varchar(128) not null
    binary_log_pos bigint not null
    first_seen timestamp not null default ''
    last_seen timestamp not null default '1971-01-01 00:00:00'
  `,
    [
      'unique hostname_port_file_idx_database_instance_binlog_files_history(hostname,port,binary_log_file)',
      'last_seen_idx_database_instance_binlog_files_history(last_seen)',
    ],
  ),
  defineTable(
    'database_instance_recent_relaylog_history',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    current_relay_log_file varchar(128) not null
    current_relay_log_pos bigint not null
    current_seen timestamp not null default '1971-01-01 00:00:00'
    prev_relay_log_file varchar(128) not null
    prev_relay_log_pos bigint not null
    prev_seen timestamp not null default '1971-01-01 00:00:00'
  `,
    ['current_seen_idx_database_instance_recent_relaylog_history(current_seen)'],
  ),
  defineTable(
    'database_instance_stale_binlog_coordinates',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    binary_log_file varchar(128) not null
    binary_log_pos bigint not null
    first_seen timestamp not null default ''
  `,
    ['first_seen_idx_database_instance_stale_binlog_coordinates(first_seen)'],
  ),
  defineTable(
    'database_instance_last_analysis',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    analysis_timestamp timestamp not null default ''
    analysis varchar(128) not null
  `,
    ['analysis_timestamp_idx_database_instance_last_analysis(analysis_timestamp)'],
  ),
  defineTable(
    'database_instance_analysis_changelog',
    'changelog_id',
    `
    changelog_id INTEGER
    hostname varchar(128) not null
    port smallint not null
    analysis_timestamp timestamp not null default ''
    analysis varchar(128) not null
  `,
    [
      'analysis_timestamp_idx_database_instance_analysis_changelog(analysis_timestamp)',
      'instance_timestamp_idx_database_instance_analysis_changelog(hostname,port,analysis_timestamp)',
    ],
  ),
  defineTable(
    'database_instance_peer_analysis',
    'peer,hostname,port',
    `
    peer varchar(128) not null
    hostname varchar(128) not null
    port smallint not null
    analysis_timestamp timestamp not null default ''
    analysis varchar(128) not null
  `,
    [],
  ),
  defineTable(
    'database_instance_long_running_queries',
    'hostname,port,process_id',
    `
    hostname varchar(128) not null
    port smallint not null
    process_id bigint(20) not null
    process_started_at timestamp not null default ''
    process_user varchar(16) not null
    process_host varchar(128) not null
    process_db varchar(128) not null
    process_command varchar(16) not null
    process_time_seconds int(11) not null
    process_state varchar(128) not null
    process_info varchar(1024) not null
  `,
    ['process_started_at_idx_database_instance_long_running_queries(process_started_at)'],
  ),
  defineTable(
    'database_instance_tls',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    required tinyint not null default 0
  `,
    [],
  ),
  defineTable(
    'master_position_equivalence',
    'equivalence_id',
    `
    equivalence_id INTEGER
    master1_hostname varchar(128) not null
    master1_port smallint not null
    master1_binary_log_file varchar(128) not null
    master1_binary_log_pos bigint not null
    master2_hostname varchar(128) not null
    master2_port smallint not null
    master2_binary_log_file varchar(128) not null
    master2_binary_log_pos bigint not null
    last_suggested timestamp not null default ''
  `,
    [
      'unique equivalence_uidx_master_position_equivalence(master1_hostname,master1_port,master1_binary_log_file,master1_binary_log_pos,master2_hostname,master2_port)',
      'master2_idx_master_position_equivalence(master2_hostname,master2_port,master2_binary_log_file,master2_binary_log_pos)',
      'last_suggested_idx_master_position_equivalence(last_suggested)',
    ],
  ),
];
