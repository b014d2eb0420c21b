import type { KeyTable } from './key-spec.ts';

/** Agents on the hosts of servers. */
export const agentKeys = {
  ServeAgentsHttp: { type: 'bool', default: false, doc: 'Serve the API of agents, and their pages.' },
  AgentsServerPort: { type: 'string', default: ':3001', doc: 'host:port of that API.' },
  AgentsUseSSL: { type: 'bool', default: false, doc: 'Serve it by HTTPS.' },
  AgentsUseMutualTLS: { type: 'bool', default: false, doc: 'Ask agents for a certificate.' },
  AgentSSLSkipVerify: { type: 'bool', default: false, doc: 'Do not check the certificates of agents.' },
  AgentSSLPrivateKeyFile: { type: 'string', default: '', doc: 'Private key, PEM.' },
  AgentSSLCertFile: { type: 'string', default: '', doc: 'Certificate, PEM.' },
  AgentSSLCAFile: { type: 'string', default: '', doc: 'Authority that signed the certificates of agents, PEM.' },
  AgentSSLValidOUs: { type: 'string-list', default: [], doc: 'Organisational units accepted in their certificates.' },
  AgentPollMinutes: { type: 'uint', default: 60, doc: 'How often agents are asked.' },
  UnseenAgentForgetHours: { type: 'uint', default: 6, doc: 'Forget agents not seen for this long.' },
  StaleSeedFailMinutes: {
    type: 'uint',
    default: 60,
    doc: 'A seed without news for this long has failed, and is stopped on both hosts.',
  },
  SeedAcceptableBytesDiff: {
    type: 'int64',
    default: 8192,
    doc: 'A seed has failed when source and target then differ by more bytes.',
  },
  SeedWaitSecondsBeforeSend: {
    type: 'int64',
    default: 2,
    doc: 'The target of a seed has this many seconds to begin to listen before the source sends.',
  },
} as const satisfies KeyTable;

/** Positions found by markers in the binary logs, where servers have no GTID. */
export const pseudoGtidKeys = {
  AutoPseudoGTID: { type: 'bool', default: false, doc: 'Write the markers, and know them, without further settings.' },
  PseudoGTIDPattern: { type: 'string', default: '', doc: 'Expression that finds markers in binary log entries.' },
  PseudoGTIDPatternIsFixedSubstring: { type: 'bool', default: false, doc: 'The pattern is plain text.' },
  PseudoGTIDMonotonicHint: {
    type: 'string',
    default: '',
    doc: 'Text that tells that a marker is greater than all before.',
  },
  DetectPseudoGTIDQuery: { type: 'string', default: '', doc: 'Query that answers 1 where markers are written.' },
  BinlogEventsChunkSize: { type: 'int', default: 10000, minimum: 1, doc: 'Events read at once from a binary log.' },
  SkipBinlogEventsContaining: {
    type: 'string-list',
    default: [],
    doc: 'Events with one of these texts are passed over.',
  },
} as const satisfies KeyTable;
