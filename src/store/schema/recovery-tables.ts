import { defineTable, type TableDefinition } from './table-definition.ts';

/** Detections, recoveries and their audit. */
export const RECOVERY_TABLES: readonly TableDefinition[] = [
  defineTable(
    'topology_failure_detection',
    'detection_id',
    `
    detection_id INTEGER
    hostname varchar(128) not null
    port smallint not null
    in_active_period tinyint not null default '0'
    start_active_period timestamp not null default ''
    end_active_period_unixtime INT not null
    processing_node_hostname varchar(128) not null
    processcing_node_token varchar(128) not null
    analysis varchar(128) not null
    cluster_name varchar(128) not null
    cluster_alias varchar(128) not null
    count_affected_slaves INT not null
    slave_hosts TEXT not null
    is_actionable tinyint not null default 0
  `,
    [
      'in_active_start_period_idx_topology_failure_detection(in_active_period,start_active_period)',
      'unique host_port_active_recoverable_uidx_topology_failure_detection(hostname,port,in_active_period,end_active_period_unixtime,is_actionable)',
    ],
  ),
  defineTable(
    'topology_recovery',
    'recovery_id',
    `
    recovery_id INTEGER
    hostname varchar(128) not null
    port smallint not null
    in_active_period tinyint not null default 0
    start_active_period timestamp not null default ''
    end_active_period_unixtime INT
    end_recovery timestamp default NULL
    processing_node_hostname varchar(128) not null
    processcing_node_token varchar(128) not null
    successor_hostname varchar(128) default NULL
    successor_port smallint default NULL
    analysis varchar(128) not null default ''
    cluster_name varchar(128) not null default ''
    cluster_alias varchar(128) not null default ''
    count_affected_slaves INT not null default 0
    slave_hosts TEXT not null default ''
    is_successful TINYint not null default 0
    acknowledged TINYint not null default 0
    acknowledged_by varchar(128) not null default ''
    acknowledge_comment TEXT not null default ''
    participating_instances TEXT not null default ''
    lost_slaves TEXT not null default ''
    all_errors TEXT not null default ''
    acknowledged_at TIMESTAMP
    last_detection_id bigint not null default 0
    successor_alias varchar(128) default NULL
    uid varchar(128) not null default ''
  `,
    [
      'in_active_start_period_idx_topology_recovery(in_active_period,start_active_period)',
      'start_active_period_idx_topology_recovery(start_active_period)',
      'unique hostname_port_active_period_uidx_topology_recovery(hostname,port,in_active_period,end_active_period_unixtime)',
      'cluster_name_in_active_idx_topology_recovery(cluster_name,in_active_period)',
      'end_recovery_idx_topology_recovery(end_recovery)',
      'acknowledged_idx_topology_recovery(acknowledged,acknowledged_at)',
      'last_detection_idx_topology_recovery(last_detection_id)',
      'uid_idx_topology_recovery(uid)',
    ],
  ),
  defineTable(
    'topology_recovery_steps',
    'recovery_step_id',
    `
    recovery_step_id INTEGER
    recovery_uid varchar(128) not null
    audit_at timestamp not null default ''
    message TEXT not null
  `,
    ['recovery_uid_idx_topology_recovery_steps(recovery_uid)'],
  ),
  defineTable(
    'blocked_topology_recovery',
    'hostname,port',
    `
    hostname varchar(128) not null
    port smallint not null
    cluster_name varchar(128) not null
    analysis varchar(128) not null
    last_blocked_timestamp timestamp not null default ''
    blocking_recovery_id bigint
  `,
    [
      'cluster_blocked_idx_blocked_topology_recovery(cluster_name,last_blocked_timestamp)',
      'last_blocked_idx_blocked_topology_recovery(last_blocked_timestamp)',
    ],
  ),
  defineTable(
    'audit',
    'audit_id',
    `
    audit_id INTEGER
    audit_timestamp timestamp not null default ''
    audit_type varchar(128) not null
    hostname varchar(128) not null default ''
    port smallint not null
    message TEXT not null
    cluster_name varchar(128) not null default ''
  `,
    ['audit_timestamp_idx_audit(audit_timestamp)', 'host_port_idx_audit(hostname,port,audit_timestamp)'],
  ),
];
