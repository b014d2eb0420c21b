import { defineTable, type TableDefinition } from './table-definition.ts';

/** Tables of the historic agent and of asynchronous requests: kept so that their history stays readable. */
export const AGENT_TABLES: readonly TableDefinition[] = [
  defineTable(
    'host_agent',
    'hostname',
    `
    hostname varchar(128) not null
    port smallint not null
    token varchar(128) not null
    last_submitted timestamp not null default ''
    last_checked timestamp default NULL
    last_seen timestamp default NULL
    mysql_port smallint default NULL
    count_mysql_snapshots smallint not null
  `,
    [
      'token_idx_host_agent(token)',
      'last_submitted_idx_host_agent(last_submitted)',
      'last_checked_idx_host_agent(last_checked)',
      'last_seen_idx_host_agent(last_seen)',
    ],
  ),
  defineTable(
    'agent_seed',
    'agent_seed_id',
    `
    agent_seed_id INTEGER
    target_hostname varchar(128) not null
    source_hostname varchar(128) not null
    start_timestamp timestamp not null default ''
    end_timestamp timestamp not null default '1971-01-01 00:00:00'
    is_complete tinyint not null default '0'
    is_successful tinyint not null default '0'
  `,
    [
      'target_hostname_idx_agent_seed(target_hostname,is_complete)',
      'source_hostname_idx_agent_seed(source_hostname,is_complete)',
      'start_timestamp_idx_agent_seed(start_timestamp)',
      'is_complete_idx_agent_seed(is_complete,start_timestamp)',
      'is_successful_idx_agent_seed(is_successful,start_timestamp)',
    ],
  ),
  defineTable(
    'agent_seed_state',
    'agent_seed_state_id',
    `
    agent_seed_state_id INTEGER
    agent_seed_id INT not null
    state_timestamp timestamp not null default ''
    state_action varchar(127) not null
    error_message varchar(255) not null
  `,
    ['agent_seed_idx_agent_seed_state(agent_seed_id,state_timestamp)'],
  ),
  defineTable(
    'async_request',
    'request_id',
    `
    request_id INTEGER
    command varchar(128) not null
    hostname varchar(128) not null
    port smallint not null
    destination_hostname varchar(128) not null
    destination_port smallint not null
    pattern TEXT not null
    gtid_hint varchar(32) not null
    begin_timestamp timestamp default NULL
    end_timestamp timestamp default NULL
    story TEXT not null
  `,
    ['begin_timestamp_idx_async_request(begin_timestamp)', 'end_timestamp_idx_async_request(end_timestamp)'],
  ),
];
