import type { KeyTable } from './key-spec.ts';

/** Finding servers and keeping what is known of them fresh. */
export const discoveryKeys = {
  InstancePollSeconds: { type: 'uint', default: 5, minimum: 1, doc: 'How often each server is read.' },
  DiscoverySeeds: {
    type: 'string-list',
    default: [],
    doc: 'Servers to begin with, host:port; taken once when this node becomes active.',
  },
  DiscoverByShowSlaveHosts: {
    type: 'bool',
    default: false,
    doc: 'No effect: replicas that registered with host and port at their source are always taken, those of the process list where none did.',
  },
  ReplicationLagQuery: {
    type: 'string',
    default: '',
    doc: 'Query giving the lag in seconds, e.g. from a heartbeat table; when not set, or not answered, what the replica itself says.',
  },
  SlaveLagQuery: { type: 'string', default: '', doc: 'Old name of ReplicationLagQuery.' },
  UseSuperReadOnly: {
    type: 'bool',
    default: false,
    doc: 'Operations that set read_only set super_read_only with it. (A deposed primary gets both in any case.)',
  },
  ReasonableReplicationLagSeconds: { type: 'int', default: 10, doc: 'More lag than this is shown as a problem.' },
  ReasonableMaintenanceReplicationLagSeconds: {
    type: 'int',
    default: 20,
    doc: 'More lag than this forbids moves and takeovers.',
  },
  ReasonableInstanceCheckSeconds: {
    type: 'uint',
    default: 1,
    doc: 'Added to InstancePollSeconds before a reading counts as too old.',
  },
  ProblemIgnoreHostnameFilters: {
    type: 'string-list',
    default: [],
    pattern: 'expression',
    doc: 'Servers left out of the list of problems.',
    isLive: true,
  },
  VerifyReplicationFilters: {
    type: 'bool',
    default: false,
    doc: 'Refuse to move a replica without replication filters below one with filters.',
  },
  LowerReplicaVersionAllowed: {
    type: 'bool',
    default: false,
    doc: 'Allow a replica of a lower major version than its source, with a warning.',
  },
  SkipMaxScaleCheck: {
    type: 'bool',
    default: true,
    doc: 'No effect: servers are never asked whether they are MaxScale.',
  },
  UnseenInstanceForgetHours: { type: 'uint', default: 240, doc: 'Forget servers not seen for this long.' },
  SnapshotTopologiesIntervalHours: { type: 'uint', default: 0, doc: 'Keep a history of the topologies; 0 is off.' },
  DiscoveryIgnoreReplicaHostnameFilters: {
    type: 'string-list',
    default: [],
    pattern: 'expression',
    doc: 'Replicas (host:port) that are not followed.',
    isLive: true,
  },
  DiscoveryIgnoreMasterHostnameFilters: {
    type: 'string-list',
    default: [],
    nullWhenUnset: true,
    pattern: 'expression',
    doc: 'Sources that are not followed.',
    isLive: true,
  },
  DiscoveryIgnoreHostnameFilters: {
    type: 'string-list',
    default: [],
    nullWhenUnset: true,
    pattern: 'expression',
    doc: 'Servers that are not followed, whatever they are.',
    isLive: true,
  },
  DiscoveryIgnoreReplicationUsernameFilters: {
    type: 'string-list',
    default: [],
    pattern: 'expression',
    doc: 'Replicas whose replication user matches are not read.',
    isLive: true,
  },
  EnableDiscoveryFiltersLogs: { type: 'bool', default: true, doc: 'Log which servers these filters leave out.' },
  IdentityByAddress: {
    type: 'bool',
    default: false,
    isNew: true,
    doc: 'Two addresses are two servers, even when they show one server UUID. For farms of addresses in tests.',
  },
  ProbeDeadlineMilliseconds: {
    type: 'uint',
    default: 1000,
    minimum: 50,
    isNew: true,
    doc: 'A reading of a server that takes longer counts as no answer, and its connection is closed.',
  },
  PrimaryPulseMilliseconds: {
    type: 'uint',
    default: 1000,
    isNew: true,
    doc: 'How often a primary is asked for a sign of life between readings; 0 is off.',
  },
} as const satisfies KeyTable;

/** Queues and buffers of the discovery; the defaults suit thousands of servers. */
export const discoveryTuningKeys = {
  DiscoveryMaxConcurrency: { type: 'uint', default: 300, minimum: 1, doc: 'Servers read at the same time.' },
  DiscoveryQueueCapacity: { type: 'uint', default: 100000, minimum: 1, doc: 'Servers that may wait to be read.' },
  DiscoveryQueueMaxStatisticsSize: { type: 'int', default: 120, doc: 'Seconds of queue statistics that are kept.' },
  DiscoveryCollectionRetentionSeconds: { type: 'uint', default: 120, doc: 'How long single discovery times are kept.' },
  DeadInstancePollSecondsMultiplyFactor: {
    type: 'float32',
    default: 1,
    doc: 'A server that does not answer is asked less and less often: each wait is this many times the one before; at least 1.',
  },
  DeadInstancePollSecondsMax: {
    type: 'uint',
    default: 300,
    doc: 'The longest such wait; at least InstancePollSeconds.',
  },
  DeadInstanceDiscoveryMaxConcurrency: {
    type: 'uint',
    default: 0,
    doc: 'Dead servers asked at the same time, apart from the living; 0 shares one queue.',
  },
  DeadInstanceDiscoveryLogsEnabled: { type: 'bool', default: false, doc: 'No effect.' },
  BufferInstanceWrites: {
    type: 'bool',
    default: false,
    doc: 'No effect: only what changed is written to the backend, together.',
  },
  InstanceWriteBufferSize: { type: 'int', default: 100, minimum: 1, doc: 'No effect: see BufferInstanceWrites.' },
  InstanceFlushIntervalMilliseconds: {
    type: 'int',
    default: 100,
    minimum: 1,
    doc: 'No effect: see BufferInstanceWrites.',
  },
  InstanceBulkOperationsWaitTimeoutSeconds: {
    type: 'uint',
    default: 10,
    doc: 'No effect: every step of an operation has a time of its own.',
  },
} as const satisfies KeyTable;

/** Names of hosts. */
export const resolveKeys = {
  HostnameResolveMethod: {
    type: 'string',
    default: 'default',
    oneOf: ['default', 'none', 'cname', 'ip', ''],
    doc: 'How names are brought to one form: default and none leave them, cname takes the canonical name, ip the address.',
  },
  MySQLHostnameResolveMethod: {
    type: 'string',
    default: '@@hostname',
    oneOf: ['@@hostname', '@@report_host', 'none', ''],
    doc: 'What a server itself is asked for its name: @@hostname, @@report_host, or none (also empty).',
  },
  SkipBinlogServerUnresolveCheck: {
    type: 'bool',
    default: true,
    doc: 'Virtual names of binlog servers (register-hostname-unresolve) are taken on trust; those of others must lead to the server before a replica is told to use them.',
  },
  ExpiryHostnameResolvesMinutes: {
    type: 'int',
    default: 60,
    minimum: 1,
    doc: 'How long a resolved name is believed; the backend keeps it twice as long.',
  },
  RejectHostnameResolvePattern: {
    type: 'string',
    default: '',
    pattern: 'expression',
    doc: 'A resolved name that matches is not used; the original stays.',
  },
} as const satisfies KeyTable;
