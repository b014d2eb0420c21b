import type { FailureKind, ServerFailure } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';

/** A value, or why there is none. */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: ServerFailure };

export const ok = <T>(value: T): Outcome<T> => ({ kind: 'ok', value });
export const failed = (failure: ServerFailure): { readonly kind: 'failed'; readonly failure: ServerFailure } => ({
  kind: 'failed',
  failure,
});

/** Error numbers of MySQL that this program speaks about. */
export const ERRNO = {
  tooManyConnections: 1040,
  accessDenied: 1045,
  shutdown: 1053,
  normalShutdown: 1077,
  shutdownComplete: 1079,
  unknownThread: 1094,
  tableAccessDenied: 1142,
  hostBlocked: 1129,
  hostNotPrivileged: 1130,
  specificAccessDenied: 1227,
  lockWaitTimeout: 1205,
  tlsRequired: 3159,
  offlineMode: 3032,
} as const;

/** What a person can do about an error packet; the rest speaks for itself. */
const REMEDIES: Readonly<Record<number, string>> = {
  [ERRNO.tooManyConnections]: 'raise max_connections there, or use an account with CONNECTION_ADMIN (SUPER)',
  [ERRNO.accessDenied]: 'check MySQLTopologyUser and MySQLTopologyPassword, and the grants of that account there',
  [ERRNO.hostBlocked]: 'run FLUSH HOSTS (TRUNCATE performance_schema.host_cache) there',
  [ERRNO.hostNotPrivileged]: 'create the account of MySQLTopologyUser for the address of this machine there',
  [ERRNO.tableAccessDenied]: 'grant it to the account of MySQLTopologyUser',
  [ERRNO.specificAccessDenied]: 'grant that privilege to the account of MySQLTopologyUser',
  [ERRNO.tlsRequired]: 'set MySQLTopologyUseMutualTLS or MySQLTopologyUseMixedTLS',
};

/** An error packet (or anything with an `errno`) as failure; 1053 and its kin mean that the server is going down. */
export function answeredFailure(key: InstanceKey, user: string, errorNumber: number, text: string): ServerFailure {
  const isShutdown =
    errorNumber === ERRNO.shutdown || errorNumber === ERRNO.normalShutdown || errorNumber === ERRNO.shutdownComplete;
  const remedy = REMEDIES[errorNumber];
  const what =
    errorNumber === ERRNO.accessDenied
      ? `refused user '${user}' (1045)`
      : `answered error ${errorNumber} (${text.trim().replace(/\.$/, '')})`;
  return {
    kind: isShutdown ? 'shutting-down' : 'answered',
    errorNumber,
    message: `${formatKey(key)} ${what}${remedy === undefined ? '' : `: ${remedy}`}`,
  };
}

interface NetworkWords {
  readonly kind: FailureKind;
  readonly text: string;
}

const LOOK_THERE = 'check the port, the error log of the server, and firewalls and proxies before it';

/** The words in parentheses are those that existing clients look for in error messages (Kubernetes operators do). */
const NETWORK: Readonly<Record<string, NetworkWords>> = {
  ECONNREFUSED: {
    kind: 'refused',
    text: 'refused the connection: no server listens there; start it, or check host and port',
  },
  EHOSTUNREACH: { kind: 'unreachable', text: 'cannot be reached (no route to the host): check the network' },
  ENETUNREACH: { kind: 'unreachable', text: 'cannot be reached (no route to its network): check the network' },
  EHOSTDOWN: { kind: 'unreachable', text: 'cannot be reached (host is down): check the machine' },
  EADDRNOTAVAIL: { kind: 'unreachable', text: 'cannot be reached (no local address or port left): check this machine' },
  ETIMEDOUT: {
    kind: 'unreachable',
    text: 'cannot be reached (i/o timeout, the network gave up): check the network and the machine',
  },
  ENOTFOUND: {
    kind: 'unresolved',
    text: 'has no address: its name does not resolve (no such host); check DNS or the hosts file',
  },
  EAI_AGAIN: { kind: 'unresolved', text: 'has no address: name resolution failed (no such host); check DNS' },
  EAI_FAIL: { kind: 'unresolved', text: 'has no address: name resolution failed (no such host); check DNS' },
  ECONNRESET: { kind: 'closed', text: `reset the connection (driver: bad connection): ${LOOK_THERE}` },
  EPIPE: { kind: 'closed', text: 'closed the connection (driver: bad connection)' },
  PROTOCOL_CONNECTION_LOST: { kind: 'closed', text: 'closed the connection (driver: bad connection)' },
  HANDSHAKE_NO_SSL_SUPPORT: {
    kind: 'answered',
    text: 'does not offer TLS: enable it there, or set MySQLTopologyUseMutualTLS to false',
  },
};

/** Codes of the driver for what came over an established connection and makes no sense. */
const PROTOCOL_CODES = new Set(['PROTOCOL_ERROR', 'PROTOCOL_UNEXPECTED_PACKET', 'HANDSHAKE_UNKNOWN_ERROR']);

/** Whatever the socket or the driver threw, as failure: one sentence naming the server and, where there is one, the remedy. */
export function failureOf(key: InstanceKey, user: string, thrown: unknown): ServerFailure {
  const { code, errno } = codesOf(thrown);
  // The driver gives error packets their number in errno, or (unasked ones) in code; the system's numbers are negative.
  const errorNumber = typeof errno === 'number' && errno > 0 ? errno : typeof code === 'number' ? code : null;
  if (errorNumber !== null) return answeredFailure(key, user, errorNumber, messageOf(thrown));
  const name = formatKey(key);
  const network = typeof code === 'string' ? NETWORK[code] : undefined;
  if (network !== undefined) return { kind: network.kind, errorNumber: null, message: `${name} ${network.text}` };
  if (code === 'HANDSHAKE_SSL_ERROR') return { kind: 'answered', errorNumber: null, message: tlsMessage(name, thrown) };
  if (code === 'AUTH_SWITCH_PLUGIN_ERROR') {
    return {
      kind: 'answered',
      errorNumber: null,
      message: `${name} asks user '${user}' for a login method that is not supported (${messageOf(thrown)}): give the account mysql_native_password, caching_sha2_password or ed25519`,
    };
  }
  if (typeof code === 'string' && PROTOCOL_CODES.has(code)) return notMysql(key, messageOf(thrown));
  return { kind: 'closed', errorNumber: null, message: `${name} ended the connection: ${messageOf(thrown)}` };
}

/** OpenSSL's own messages are long; its `reason` is what people look for. */
const tlsMessage = (name: string, thrown: unknown): string =>
  `${name} and this program could not agree on TLS (${(thrown as { reason?: string }).reason ?? messageOf(thrown).trim()}): check MySQLTopologySSLCAFile, MySQLTopologySSLCertFile and MySQLTopologySSLPrivateKeyFile, or set MySQLTopologySSLSkipVerify`;

/** Something listens there that does not speak the MySQL protocol. */
export const notMysql = (key: InstanceKey, detail: string): ServerFailure => ({
  kind: 'not-mysql',
  errorNumber: null,
  message: `${formatKey(key)} is not a MySQL server (${detail}): check the port`,
});

/** The server did not answer in time. `what` is what was awaited: "accept the connection", "answer the probe". */
export const deadlineFailure = (key: InstanceKey, what: string, ms: number, remedy = ''): ServerFailure => ({
  kind: 'deadline',
  errorNumber: null,
  message: `${formatKey(key)} did not ${what} within ${Math.round(ms)} ms: i/o timeout${remedy === '' ? '' : `; ${remedy}`}`,
});

/** New connections are refused while our session is open: how servers that answer no 1053 shut down. */
export const doorShutFailure = (key: InstanceKey): ServerFailure => ({
  kind: 'shutting-down',
  errorNumber: null,
  message: `${formatKey(key)} refuses new connections while our session is open: it is shutting down`,
});

/** The connection ended before the server said what it is. */
export const hungUpFailure = (key: InstanceKey): ServerFailure => ({
  kind: 'closed',
  errorNumber: null,
  message: `${formatKey(key)} closed the connection without a greeting: ${LOOK_THERE}`,
});

/** The connection ended without a word. */
export const closedFailure = (key: InstanceKey): ServerFailure => ({
  kind: 'closed',
  errorNumber: null,
  message: `${formatKey(key)} closed the connection (driver: bad connection)`,
});

function codesOf(thrown: unknown): { readonly code: unknown; readonly errno: unknown } {
  if (typeof thrown !== 'object' || thrown === null) return { code: undefined, errno: undefined };
  const { code, errno, errors } = thrown as { code?: unknown; errno?: unknown; errors?: unknown };
  // Several addresses of one name were tried: each failed, the first says why.
  if (code === undefined && Array.isArray(errors) && errors.length > 0) return codesOf(errors[0]);
  return { code, errno };
}
