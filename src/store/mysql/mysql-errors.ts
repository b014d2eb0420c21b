import { messageOf, OrchestratorError } from '../../model/error.ts';

/** The server's error number, or null. */
export function mysqlErrno(thrown: unknown): number | null {
  if (typeof thrown !== 'object' || thrown === null || !('errno' in thrown)) return null;
  return typeof thrown.errno === 'number' && thrown.errno > 0 ? thrown.errno : null;
}

/** The network's or driver's error code (`ECONNREFUSED`, `PROTOCOL_CONNECTION_LOST`), or ''. */
const networkCode = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';

const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_LOCK_DEADLOCK = 1213;
const ER_BAD_DB = 1049;
/** --read-only, in a read-only transaction, InnoDB read-only: the answers RejectReadOnly is about. */
const READ_ONLY_ERRNOS: readonly number[] = [1290, 1792, 1836];

/** A transaction that lost a race for locks and may be run again. */
export const isLockConflict = (thrown: unknown): boolean => {
  const errno = mysqlErrno(thrown);
  return errno === ER_LOCK_DEADLOCK || errno === ER_LOCK_WAIT_TIMEOUT;
};

export const isReadOnlyRefusal = (thrown: unknown): boolean => READ_ONLY_ERRNOS.includes(mysqlErrno(thrown) ?? 0);
export const isUnknownDatabase = (thrown: unknown): boolean => mysqlErrno(thrown) === ER_BAD_DB;

/** True when nothing was sent yet or the connection is gone, so that asking again on a fresh one is worth it. */
export const isConnectionLost = (thrown: unknown): boolean =>
  ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'].includes(networkCode(thrown));

/** Turns what the driver threw into our error, naming the backend and what to do. */
export function mysqlError(thrown: unknown, location: string): OrchestratorError {
  if (thrown instanceof OrchestratorError) return thrown;
  const errno = mysqlErrno(thrown);
  const [code, remedy] = remedyOf(errno, networkCode(thrown));
  return new OrchestratorError(
    code,
    `MySQL backend ${location}: ${messageOf(thrown) || networkCode(thrown)}; ${remedy}`,
    {
      details: { location, errno },
      cause: thrown,
    },
  );
}

function remedyOf(errno: number | null, network: string): readonly [string, string] {
  if (errno !== null && READ_ONLY_ERRNOS.includes(errno)) {
    return ['store-read-only', 'point MySQLOrchestratorHost at a writable server'];
  }
  return BY_ERRNO.get(errno ?? 0) ?? BY_NETWORK_CODE.get(network) ?? ['store-failed', 'look at the server’s error log'];
}

const UNREACHABLE = [
  'store-unreachable',
  'check MySQLOrchestratorHost and MySQLOrchestratorPort and that the server runs',
] as const;
const DENIED = [
  'store-access-denied',
  'check MySQLOrchestratorUser and MySQLOrchestratorPassword, and grant the user all privileges on its database',
] as const;
/** Which columns hold what differs on a backend of the historic program: texts of 64 kB, one-byte character sets. */
const MISFIT = ['store-value-refused', 'its column is too small or of another character set; widen it'] as const;
const FULL = ['store-full', 'free space on the server’s disk'] as const;

const BY_ERRNO = new Map<number, readonly [string, string]>([
  [1045, DENIED],
  [1044, DENIED],
  [1142, DENIED],
  [
    1040,
    [
      'store-unreachable',
      'it has no free connection: raise max_connections or lower MySQLOrchestratorMaxPoolConnections',
    ],
  ],
  [ER_BAD_DB, ['store-unopenable', 'create the database of MySQLOrchestratorDatabase or grant CREATE to the user']],
  [ER_LOCK_WAIT_TIMEOUT, ['store-locked', 'another session holds the rows; find and end it']],
  [ER_LOCK_DEADLOCK, ['store-locked', 'other nodes write the same rows; try again']],
  // Data too long, incorrect string value (also for its character set), out of range, incorrect time.
  [1406, MISFIT],
  [1366, MISFIT],
  [3988, MISFIT],
  [1264, MISFIT],
  [1292, MISFIT],
  [1021, FULL],
  [1114, FULL],
  [3, FULL],
]);

const BY_NETWORK_CODE = new Map<string, readonly [string, string]>(
  [
    'ECONNREFUSED',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ECONNRESET',
    'EPIPE',
    'PROTOCOL_CONNECTION_LOST',
  ].map((code) => [code, UNREACHABLE] as const),
);
