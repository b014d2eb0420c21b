import { defineTable, type TableDefinition } from './table-definition.ts';

/** The aliases that followed to a cluster's new name; see repositories/people/cluster-names.ts. */
export const MOVED_ALIAS_TABLE = 'orchestrator_moved_alias';

/** Tables the historic program does not have. It ignores them, so both can read one backend in turn. */
export const OWN_TABLES: readonly TableDefinition[] = [
  defineTable(
    'database_instance_extra',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    facts longtext not null
  `,
  ),
  defineTable(
    'orchestrator_recovery_intent',
    'uid',
    `
    uid varchar(128) not null
    recovery_id bigint not null
    epoch bigint not null
    cluster_name varchar(128) not null
    hostname varchar(128) not null
    port smallint not null
    failed_server_uuid varchar(64)
    failed_server_id bigint not null
    phase varchar(32) not null
    owner varchar(255) not null default ''
    successor_hostname varchar(128)
    successor_port smallint
    is_forced tinyint not null default 0
    candidate_hostname varchar(128)
    candidate_port smallint
    command varchar(64) not null default ''
    skip_hooks tinyint not null default 0
    live_primary varchar(16) not null default ''
    found_primary varchar(255) not null default ''
    successor_rest varchar(1024) not null default ''
    rested longtext
    binlog_servers longtext
    pair longtext
    members longtext not null
    updated_at_ms bigint not null
  `,
    ['cluster_name_idx_orchestrator_recovery_intent(cluster_name)'],
  ),
  defineTable(
    'orchestrator_deposed_primary',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    server_uuid varchar(64)
    server_id bigint not null
    cluster_name varchar(128) not null
    epoch bigint not null
    successor_hostname varchar(128)
    successor_port smallint
    source_hostname varchar(128)
    source_port smallint
    successor_rest varchar(1024) not null default ''
    deposed_at_ms bigint not null
    fenced_at_ms bigint
  `,
  ),
  defineTable(
    'orchestrator_silence',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    source_hostname varchar(128) not null
    source_port smallint not null
    others longtext not null
    is_receiver_stopped tinyint not null
    is_applier_stopped tinyint not null
    noted_at_ms bigint not null
  `,
  ),
  defineTable(
    'orchestrator_forgotten',
    'uid',
    `
    uid varchar(128) not null
    hostname varchar(128) not null
    port smallint not null
    ordered_at_ms bigint not null
  `,
  ),
  defineTable(
    'orchestrator_epoch',
    'cluster_name',
    `
    cluster_name varchar(128) not null
    epoch bigint not null
  `,
  ),
  defineTable(
    'orchestrator_operation',
    'uid',
    `
    uid varchar(128) not null
    cluster_name varchar(128) not null
    purpose longtext not null
    requested_by varchar(255) not null default ''
    owner varchar(255) not null default ''
    request_json longtext not null
    plan_json longtext not null
    journal_json longtext not null
    maintenance_ids longtext not null
    started_at_ms bigint not null
  `,
  ),
  defineTable(
    MOVED_ALIAS_TABLE,
    'cluster_name',
    `
    cluster_name varchar(128) not null
    alias varchar(128) not null
  `,
    ['unique alias_uidx_orchestrator_moved_alias(alias)'],
  ),
  defineTable(
    'orchestrator_kv_claim',
    'alias',
    `
    alias varchar(128) not null
    hostname varchar(128) not null
    port smallint not null
    epoch bigint not null
  `,
  ),
];
