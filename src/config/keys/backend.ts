import type { KeyTable } from './key-spec.ts';

/** Where the program remembers. */
export const backendKeys = {
  BackendDB: {
    type: 'string',
    default: 'mysql',
    doc: 'sqlite or mysql. When neither this nor MySQLOrchestratorHost is set: sqlite.',
  },
  SQLite3DataFile: {
    type: 'string',
    default: '',
    doc: 'File of the SQLite backend; when not set, .orchestrator/orchestrator.sqlite3 in the home directory.',
  },
  MySQLOrchestratorHost: { type: 'string', default: '', doc: 'Host of the MySQL backend.' },
  MySQLOrchestratorPort: { type: 'uint', default: 3306, minimum: 1, maximum: 65535, doc: 'Its port.' },
  MySQLOrchestratorDatabase: { type: 'string', default: '', doc: 'Its schema.' },
  MySQLOrchestratorUser: { type: 'string', default: '', fromEnvironment: true, doc: 'User on the MySQL backend.' },
  MySQLOrchestratorPassword: {
    type: 'string',
    default: '',
    isSecret: true,
    fromEnvironment: true,
    doc: 'Its password.',
  },
  MySQLOrchestratorCredentialsConfigFile: {
    type: 'string',
    default: '',
    doc: 'File like my.cnf whose section [client] gives user and password instead.',
  },
  MySQLOrchestratorSSLPrivateKeyFile: { type: 'string', default: '', doc: 'Private key shown to the backend, PEM.' },
  MySQLOrchestratorSSLCertFile: { type: 'string', default: '', doc: 'Certificate shown to it, PEM.' },
  MySQLOrchestratorSSLCAFile: {
    type: 'string',
    default: '',
    doc: "Authority that signed the backend's certificate, PEM.",
  },
  MySQLOrchestratorSSLSkipVerify: { type: 'bool', default: false, doc: "Do not check the backend's certificate." },
  MySQLOrchestratorUseMutualTLS: { type: 'bool', default: false, doc: 'TLS to the backend.' },
  MySQLOrchestratorMaxPoolConnections: {
    type: 'int',
    default: 128,
    minimum: 1,
    doc: 'Most connections open to the backend at once.',
  },
  MySQLOrchestratorReadTimeoutSeconds: {
    type: 'int',
    default: 30,
    minimum: 0,
    doc: 'Time for an answer of the backend.',
  },
  MySQLOrchestratorRejectReadOnly: {
    type: 'bool',
    default: false,
    doc: 'Leave a backend that turned read-only, and connect anew.',
  },
  MySQLOrchestratorMaxAllowedPacket: {
    type: 'int32',
    default: -1,
    doc: 'No effect: nothing large is sent to the backend.',
  },
  SkipOrchestratorDatabaseUpdate: { type: 'bool', default: false, doc: 'Never create or change tables.' },
  PanicIfDifferentDatabaseDeploy: {
    type: 'bool',
    default: false,
    doc: 'Do not start when the tables were made by another version.',
  },
} as const satisfies KeyTable;

/** Several nodes, each with its own backend. */
export const raftKeys = {
  RaftEnabled: {
    type: 'bool',
    default: false,
    doc: 'This node answers as the leader of a setup of one; setups of several nodes are not there yet.',
  },
  RaftBind: { type: 'string', default: '127.0.0.1:10008', doc: 'Address of this node among the others, host[:port].' },
  RaftAdvertise: { type: 'string', default: '', doc: 'Address under which others reach it; when not set, RaftBind.' },
  RaftDataDir: { type: 'string', default: '', doc: 'Directory for what the node must keep; needed with RaftEnabled.' },
  DefaultRaftPort: {
    type: 'int',
    default: 10008,
    minimum: 1,
    maximum: 65535,
    doc: 'Port of addresses that name none.',
  },
  RaftNodes: {
    type: 'string-list',
    default: [],
    doc: 'No effect yet: one node answers as the leader of a setup of one.',
  },
  ExpectFailureAnalysisConcensus: {
    type: 'bool',
    default: true,
    doc: 'No effect; it never had one. Spelt as it always was.',
  },
} as const satisfies KeyTable;
