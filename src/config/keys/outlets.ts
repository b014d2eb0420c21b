import type { KeyTable } from './key-spec.ts';

/** Commands that run when something happens; docs/hooks.md tells how. */
export const hookKeys = {
  ProcessesShellCommand: { type: 'string', default: 'bash', doc: 'Program that runs them.' },
  HookTimeoutSeconds: {
    type: 'uint',
    default: 30,
    isNew: true,
    doc: 'A command that takes longer is ended and counts as failed; 0 waits for ever.',
  },
  OnFailureDetectionProcesses: { type: 'string-list', default: [], doc: 'A failure was detected.', isLive: true },
  PreGracefulTakeoverProcesses: {
    type: 'string-list',
    default: [],
    doc: 'A planned takeover is about to make the primary read-only; a failure stops it.',
    isLive: true,
  },
  PreFailoverProcesses: {
    type: 'string-list',
    default: [],
    doc: 'A recovery is about to begin; a failure stops it.',
    isLive: true,
  },
  PostFailoverProcesses: { type: 'string-list', default: [], doc: 'A recovery of any kind succeeded.', isLive: true },
  PostUnsuccessfulFailoverProcesses: { type: 'string-list', default: [], doc: 'A recovery failed.', isLive: true },
  PostMasterFailoverProcesses: { type: 'string-list', default: [], doc: 'A primary was replaced.', isLive: true },
  PostIntermediateMasterFailoverProcesses: {
    type: 'string-list',
    default: [],
    doc: 'An intermediate source was replaced.',
    isLive: true,
  },
  PostGracefulTakeoverProcesses: {
    type: 'string-list',
    default: [],
    doc: 'A planned takeover has ended.',
    isLive: true,
  },
  PostTakeMasterProcesses: {
    type: 'string-list',
    default: [],
    doc: 'A server changed places with its source.',
    isLive: true,
  },
} as const satisfies KeyTable;

/** Where the primaries of clusters are published. */
export const keyValueKeys = {
  KVClusterMasterPrefix: {
    type: 'string',
    default: 'mysql/master',
    doc: 'Beginning of the keys; the name of the cluster follows after a slash.',
  },
  ConsulAddress: { type: 'string', default: '', doc: 'Consul, host:port; empty is off.' },
  ConsulScheme: {
    type: 'string',
    default: 'http',
    oneOf: ['http', 'https'],
    doc: 'http, or https (which does not check the certificate).',
  },
  ConsulAclToken: { type: 'string', default: '', isSecret: true, fromEnvironment: true, doc: 'Token for Consul.' },
  ConsulCrossDataCenterDistribution: {
    type: 'bool',
    default: false,
    doc: 'Write to the Consul of every data centre.',
  },
  ConsulKVStoreProvider: {
    type: 'string',
    default: 'consul',
    oneOf: ['consul', 'consul-txn'],
    doc: 'consul writes key by key, consul-txn in transactions.',
  },
  ConsulMaxKVsPerTransaction: { type: 'int', default: 5, doc: 'Keys in one transaction, 5 to 64.' },
  ZkAddress: { type: 'string', default: '', doc: 'ZooKeeper servers, separated by commas; empty is off.' },
  KVEtcdAddress: {
    type: 'string',
    default: '',
    isNew: true,
    doc: 'etcd endpoints (host:port or URL), separated by commas; empty is off.',
  },
  KVEtcdUser: { type: 'string', default: '', isNew: true, doc: 'User of etcd; empty: it asks for no login.' },
  KVEtcdPassword: {
    type: 'string',
    default: '',
    isSecret: true,
    fromEnvironment: true,
    isNew: true,
    doc: 'Password of that user.',
  },
} as const satisfies KeyTable;

export const graphiteKeys = {
  GraphiteAddr: {
    type: 'string',
    default: '',
    doc: 'Graphite (plain text protocol), host:port, port 2003 unless told; empty is off. See docs/metrics.md.',
  },
  GraphitePath: {
    type: 'string',
    default: '',
    doc: 'Beginning of the metric names; may contain {hostname}. Without it nothing is sent.',
  },
  GraphiteConvertHostnameDotsToUnderscores: {
    type: 'bool',
    default: true,
    doc: 'Dots of the host name become underscores.',
  },
  GraphitePollSeconds: {
    type: 'int',
    default: 60,
    doc: 'Above 0: metrics are sent, once a minute, whatever the number.',
  },
} as const satisfies KeyTable;
