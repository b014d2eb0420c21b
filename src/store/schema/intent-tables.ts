import { defineTable, type TableDefinition } from './table-definition.ts';

/** What people decided about servers and clusters. */
export const INTENT_TABLES: readonly TableDefinition[] = [
  defineTable(
    'database_instance_maintenance',
    'database_instance_maintenance_id',
    `
    database_instance_maintenance_id INTEGER
    hostname varchar(128) not null
    port smallint not null
    maintenance_active tinyint(4) default NULL
    begin_timestamp timestamp default NULL
    end_timestamp timestamp default NULL
    owner varchar(128) not null
    reason TEXT not null
    processing_node_hostname varchar(128) not null default ''
    processing_node_token varchar(128) not null default ''
    explicitly_bounded TINYint not null default 0
  `,
    [
      'unique maintenance_uidx_database_instance_maintenance(maintenance_active,hostname,port)',
      'active_timestamp_idx_database_instance_maintenance(maintenance_active,begin_timestamp)',
      'active_end_timestamp_idx_database_instance_maintenance(maintenance_active,end_timestamp)',
    ],
  ),
  defineTable(
    'database_instance_downtime',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    downtime_active tinyint(4) default NULL
    begin_timestamp timestamp default ''
    end_timestamp timestamp default NULL
    owner varchar(128) not null
    reason TEXT not null
  `,
    ['end_timestamp_idx_database_instance_downtime(end_timestamp)'],
  ),
  defineTable(
    'candidate_database_instance',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    last_suggested timestamp not null default ''
    priority TINYINT SIGNED not null default 1
    promotion_rule TEXT not null default 'neutral'
  `,
    ['last_suggested_idx_candidate_database_instance(last_suggested)'],
  ),
  defineTable(
    'database_instance_tags',
    'hostname,port,tag_name',
    `
    hostname varchar(128) not null
    port smallint not null
    tag_name varchar(128) not null
    tag_value varchar(128) not null
    last_updated timestamp not null default ''
  `,
    ['tag_name_idx_database_instance_tags(tag_name)'],
  ),
  defineTable(
    'database_instance_pool',
    'hostname,port,pool',
    `
    hostname varchar(128) not null
    port smallint not null
    pool varchar(128) not null
    registered_at timestamp not null default '1971-01-01 00:00:00'
  `,
    ['pool_idx_database_instance_pool(pool)'],
  ),
  defineTable(
    'cluster_alias',
    'cluster_name',
    `
    cluster_name varchar(128) not null
    alias varchar(128) not null
    last_registered timestamp not null default ''
  `,
    ['unique alias_uidx_cluster_alias(alias)', 'last_registered_idx_cluster_alias(last_registered)'],
  ),
  defineTable(
    'cluster_alias_override',
    'cluster_name',
    `
    cluster_name varchar(128) not null
    alias varchar(128) not null
  `,
    [],
  ),
  defineTable(
    'cluster_domain_name',
    'cluster_name',
    `
    cluster_name varchar(128) not null
    domain_name varchar(128) not null
    last_registered timestamp not null default ''
  `,
    ['domain_name_idx_cluster_domain_name(domain_name)', 'last_registered_idx_cluster_domain_name(last_registered)'],
  ),
  defineTable(
    'cluster_injected_pseudo_gtid',
    'cluster_name',
    `
    cluster_name varchar(128) not null
    time_injected timestamp not null default ''
  `,
    [],
  ),
  defineTable(
    'global_recovery_disable',
    'disable_recovery',
    `
    disable_recovery tinyint not null
  `,
    [],
  ),
  defineTable(
    'host_attributes',
    'hostname,attribute_name',
    `
    hostname varchar(128) not null
    attribute_name varchar(128) not null
    attribute_value varchar(128) not null
    submit_timestamp timestamp not null default ''
    expire_timestamp timestamp default NULL
  `,
    [
      'attribute_name_idx_host_attributes(attribute_name)',
      'attribute_value_idx_host_attributes(attribute_value)',
      'submit_timestamp_idx_host_attributes(submit_timestamp)',
      'expire_timestamp_idx_host_attributes(expire_timestamp)',
    ],
  ),
];
