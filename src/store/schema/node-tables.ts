import { defineTable, type TableDefinition } from './table-definition.ts';

/** Our own processes, names of hosts, key-value pairs, tokens and what the schema itself remembers. */
export const NODE_TABLES: readonly TableDefinition[] = [
  defineTable(
    'active_node',
    'anchor',
    `
    anchor tinyint not null
    hostname varchar(128) not null
    token varchar(128) not null
    last_seen_active timestamp not null default ''
    first_seen_active timestamp not null default '1971-01-01 00:00:00'
  `,
    [],
  ),
  defineTable(
    'node_health',
    'hostname,token',
    `
    hostname varchar(128) not null
    token varchar(128) not null
    last_seen_active timestamp not null default ''
    extra_info varchar(128) not null default ''
    command varchar(128) not null default ''
    app_version varchar(64) not null default ''
    first_seen_active timestamp not null default '1971-01-01 00:00:00'
    db_backend varchar(255) not null default ''
    incrementing_indicator bigint not null default 0
  `,
    ['last_seen_active_idx_node_health(last_seen_active)'],
  ),
  defineTable(
    'node_health_history',
    'history_id',
    `
    history_id INTEGER
    hostname varchar(128) not null
    token varchar(128) not null
    first_seen_active timestamp not null
    extra_info varchar(128) not null
    command varchar(128) not null default ''
    app_version varchar(64) not null default ''
  `,
    [
      'first_seen_active_idx_node_health_history(first_seen_active)',
      'unique hostname_token_idx_node_health_history(hostname,token)',
    ],
  ),
  defineTable(
    'hostname_resolve',
    'hostname',
    `
    hostname varchar(128) not null
    resolved_hostname varchar(128) not null
    resolved_timestamp timestamp not null default ''
  `,
    ['resolved_timestamp_idx_hostname_resolve(resolved_timestamp)'],
  ),
  defineTable(
    'hostname_resolve_history',
    'resolved_hostname',
    `
    resolved_hostname varchar(128) not null
    hostname varchar(128) not null
    resolved_timestamp timestamp not null default ''
  `,
    [
      'hostname_idx_hostname_resolve_history(hostname)',
      'resolved_timestamp_idx_hostname_resolve_history(resolved_timestamp)',
    ],
  ),
  defineTable(
    'hostname_unresolve',
    'hostname',
    `
    hostname varchar(128) not null
    unresolved_hostname varchar(128) not null
    last_registered timestamp not null default ''
  `,
    [
      'unresolved_hostname_idx_hostname_unresolve(unresolved_hostname)',
      'last_registered_idx_hostname_unresolve(last_registered)',
    ],
  ),
  defineTable(
    'hostname_unresolve_history',
    'unresolved_hostname',
    `
    unresolved_hostname varchar(128) not null
    hostname varchar(128) not null
    last_registered timestamp not null default ''
  `,
    [
      'hostname_idx_hostname_unresolve_history(hostname)',
      'last_registered_idx_hostname_unresolve_history(last_registered)',
    ],
  ),
  defineTable(
    'hostname_ips',
    'hostname',
    `
    hostname varchar(128) not null
    ipv4 varchar(128) not null
    ipv6 varchar(128) not null
    last_updated timestamp not null default ''
  `,
    [],
  ),
  defineTable(
    'kv_store',
    'store_key',
    `
    store_key varchar(255) not null
    store_value TEXT not null
    last_updated timestamp not null default ''
  `,
    [],
  ),
  defineTable(
    'access_token',
    'access_token_id',
    `
    access_token_id INTEGER
    public_token varchar(128) not null
    secret_token varchar(128) not null
    generated_at timestamp not null default ''
    generated_by varchar(128) not null
    is_acquired tinyint not null default '0'
    is_reentrant TINYint not null default 0
    acquired_at timestamp not null default '1971-01-01 00:00:00'
  `,
    ['unique public_token_uidx_access_token(public_token)', 'generated_at_idx_access_token(generated_at)'],
  ),
  defineTable(
    'orchestrator_metadata',
    'anchor',
    `
    anchor tinyint not null
    last_deployed_version varchar(128) not null
    last_deployed_timestamp timestamp not null
  `,
    [],
  ),
  defineTable(
    'orchestrator_db_deployments',
    'deployed_version',
    `
    deployed_version varchar(128) not null
    deployed_timestamp timestamp not null
  `,
    [],
  ),
  defineTable(
    'raft_log',
    'log_index',
    `
    log_index INTEGER
    term bigint not null
    log_type INT not null
    data BLOB not null
  `,
    [],
  ),
  defineTable(
    'raft_store',
    'store_id',
    `
    store_id INTEGER
    store_key varbinary(512) not null
    store_value BLOB not null
  `,
    ['store_key_idx_raft_store(store_key)'],
  ),
  defineTable(
    'raft_snapshot',
    'snapshot_id',
    `
    snapshot_id INTEGER
    snapshot_name varchar(128) not null
    snapshot_meta varchar(4096) not null
    created_at timestamp not null default ''
  `,
    ['unique snapshot_name_uidx_raft_snapshot(snapshot_name)'],
  ),
];
