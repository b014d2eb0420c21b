import type { KeyTable } from './key-spec.ts';

/** How the servers of the topologies are reached. */
export const serverKeys = {
  MySQLTopologyUser: {
    type: 'string',
    default: '',
    fromEnvironment: true,
    doc: 'User on the servers of the topologies.',
  },
  MySQLTopologyPassword: {
    type: 'string',
    default: '',
    isSecret: true,
    fromEnvironment: true,
    doc: 'Its password.',
  },
  MySQLTopologyCredentialsConfigFile: {
    type: 'string',
    default: '',
    doc: 'File like my.cnf whose section [client] gives user and password instead.',
  },
  MySQLTopologySSLPrivateKeyFile: { type: 'string', default: '', doc: 'Private key shown to the servers, PEM.' },
  MySQLTopologySSLCertFile: { type: 'string', default: '', doc: 'Certificate shown to them, PEM.' },
  MySQLTopologySSLCAFile: {
    type: 'string',
    default: '',
    doc: 'Authority that signed the certificates of servers, PEM.',
  },
  MySQLTopologySSLSkipVerify: { type: 'bool', default: false, doc: 'Do not check the certificates of servers.' },
  MySQLTopologyUseMutualTLS: { type: 'bool', default: false, doc: 'Always TLS, with the certificate above.' },
  MySQLTopologyUseMixedTLS: {
    type: 'bool',
    default: true,
    doc: 'Find out for each server whether it asks for TLS, and remember it.',
  },
  MySQLTopologyMaxAllowedPacket: {
    type: 'int32',
    default: -1,
    doc: 'No effect: nothing large is sent to servers.',
  },
  TLSCacheTTLFactor: {
    type: 'uint',
    default: 100,
    doc: 'What is known of the need for TLS is kept this many times InstancePollSeconds.',
  },
  MySQLConnectTimeoutSeconds: { type: 'int', default: 2, minimum: 0, doc: 'Time for a connection to be made.' },
  MySQLDiscoveryReadTimeoutSeconds: { type: 'int', default: 10, minimum: 0, doc: 'Time for an answer while reading.' },
  MySQLTopologyReadTimeoutSeconds: {
    type: 'int',
    default: 600,
    minimum: 0,
    doc: 'No effect: every step of an operation has a time of its own.',
  },
  MySQLConnectionLifetimeSeconds: { type: 'int', default: 0, doc: 'No effect: a session is kept until it ends.' },
  DefaultInstancePort: {
    type: 'int',
    default: 3306,
    minimum: 1,
    maximum: 65535,
    doc: 'Port of a server whose address names none.',
  },
  ReplicationCredentialsQuery: {
    type: 'string',
    default: '',
    doc: 'Query on a server giving user, password and optionally CA, certificate and key of the replication account.',
  },
  MySQLReplicationUser: {
    type: 'string',
    default: '',
    fromEnvironment: true,
    isNew: true,
    doc: 'Replication account, where neither ReplicationCredentialsQuery nor the server itself tells it.',
  },
  MySQLReplicationPassword: {
    type: 'string',
    default: '',
    isSecret: true,
    fromEnvironment: true,
    isNew: true,
    doc: 'Its password.',
  },
} as const satisfies KeyTable;
