import type { LookupFunction } from 'node:net';
import type mysql from 'mysql2';
import type { Row } from '../dialect/row.ts';
import type { Clock, ServerFailure } from '../engine/ports.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { Secret } from '../model/secret.ts';
import { startDeadline } from './deadline.ts';
import { type Dialled, dial } from './dial.ts';
import { signEd25519 } from './ed25519.ts';
import { closedFailure, deadlineFailure, failed, failureOf, type Outcome, ok } from './failure.ts';
import type { DriverTls } from './tls.ts';

/*
 * One logged-in connection.
 *
 * opening  socket connected, greeting read, login under way. Leaves to open, or fails.
 * open     statements are sent one after another. Leaves to ended by our end()/destroy(), by a deadline (we destroy the
 *          socket, for the driver would wait on), or by the other side.
 * ended    for good; `endedBy` says why, and every statement that was under way or queued has failed with it.
 */

export interface SessionOptions {
  readonly user: string;
  readonly password: Secret;
  /** Several statements in one round trip; only where every statement is our own constant. */
  readonly multipleStatements: boolean;
  /** TLS for a server of the version in its greeting; null = without. */
  readonly tls: ((serverVersion: string) => DriverTls) | null;
  /** Finds the address of a name. */
  readonly lookup: LookupFunction;
}

export interface Session {
  /** The version text of the greeting. */
  readonly serverVersion: string;
  /** null while open. */
  readonly endedBy: ServerFailure | null;
  /** Result sets of one text, one per statement, rows as text. On expiry the session is destroyed. */
  query(sql: string, deadlineMs: number, what?: string): Promise<Outcome<readonly (readonly Row[])[]>>;
  /** Called once when the session ends without our doing (end, destroy, a deadline); at once if it already has. */
  onLost(listener: (failure: ServerFailure) => void): void;
  /** Says goodbye and closes. */
  end(): void;
  /** Closes the socket now; whatever is under way fails. */
  destroy(): void;
}

/** How long a goodbye may take before the socket is destroyed. */
const GOODBYE_MS = 1_000;

/** Connects and logs in, all within `deadlineMs`. */
export async function openSession(
  clock: Clock,
  key: InstanceKey,
  options: SessionOptions,
  deadlineMs: number,
): Promise<Outcome<Session>> {
  // The driver is large: a command that speaks to no server does without.
  const { default: driver } = await import('mysql2');
  const startMs = clock.monotonicMs();
  const dialled = await dial(clock, key, options, deadlineMs);
  if (dialled.kind === 'failed') return dialled;
  const connection = createDriverConnection(driver, key, options, dialled.value);
  const session = wrap(clock, key, options.user, connection, dialled.value);
  const loggedIn = login(clock, key, connection, session, deadlineMs - (clock.monotonicMs() - startMs), deadlineMs);
  dialled.value.socket.resume();
  return loggedIn;
}

function login(
  clock: Clock,
  key: InstanceKey,
  connection: mysql.Connection,
  session: RawSession,
  remainingMs: number,
  deadlineMs: number,
): Promise<Outcome<Session>> {
  return new Promise((resolve) => {
    const cancel = startDeadline(clock, remainingMs, () =>
      session.fail(
        deadlineFailure(key, 'finish the login', deadlineMs, 'it hangs or is overloaded; look at that server'),
      ),
    );
    session.onLost((failure) => {
      cancel();
      resolve(failed(failure));
    });
    connection.once('connect', () => {
      cancel();
      if (session.endedBy === null) resolve(ok(session.opened()));
    });
  });
}

function createDriverConnection(
  driver: typeof mysql,
  key: InstanceKey,
  options: SessionOptions,
  dialled: Dialled,
): mysql.Connection {
  const password = options.password.reveal();
  const tls = options.tls?.(dialled.serverVersion);
  const connection = driver.createConnection({
    host: key.hostname,
    port: key.port,
    user: options.user,
    password,
    stream: dialled.socket,
    ...(tls === undefined ? {} : { ssl: tls }),
    multipleStatements: options.multipleStatements,
    // Our own deadlines rule; the driver's leave the socket open.
    connectTimeout: 0,
    maxPreparedStatements: 16,
    charset: 'utf8mb4',
    connectAttributes: { program_name: 'orchestrator' },
    typeCast: (field) => field.string('utf8'),
    authPlugins: {
      client_ed25519: () => (scramble: Buffer) => signEd25519(Buffer.from(password, 'utf8'), scramble.subarray(0, 32)),
    },
  });
  return connection;
}

interface RawSession extends Session {
  fail(failure: ServerFailure): void;
  /** The login is done: from now on onLost speaks of the open session. */
  opened(): Session;
}

function wrap(
  clock: Clock,
  key: InstanceKey,
  user: string,
  connection: mysql.Connection,
  { socket, serverVersion }: Dialled,
): RawSession {
  let endedBy: ServerFailure | null = null;
  let isOurDoing = false;
  let lostListeners: ((failure: ServerFailure) => void)[] = [];
  let cancelGoodbye = (): void => undefined;
  const underWay = new Set<(failure: ServerFailure) => void>();

  function finish(failure: ServerFailure): void {
    if (endedBy !== null) return;
    endedBy = failure;
    cancelGoodbye();
    socket.destroy();
    for (const reject of [...underWay]) reject(failure);
    underWay.clear();
    if (!isOurDoing) for (const listener of lostListeners) listener(failure);
    lostListeners = [];
  }

  // The error says more than the end that follows it, so whichever comes first is kept.
  connection.on('error', (error: unknown) => finish(failureOf(key, user, error)));
  connection.on('end', () => finish(closedFailure(key)));
  socket.on('error', (error) => finish(failureOf(key, user, error)));
  socket.on('end', () => finish(closedFailure(key)));
  socket.on('close', () => finish(closedFailure(key)));

  const session: RawSession = {
    serverVersion,
    get endedBy() {
      return endedBy;
    },
    query(sql, deadlineMs, what = 'answer') {
      const ended = endedBy;
      if (ended !== null) return Promise.resolve(failed(ended));
      return new Promise((resolve) => {
        const settle = (outcome: Outcome<readonly (readonly Row[])[]>): void => {
          cancel();
          underWay.delete(reject);
          resolve(outcome);
        };
        const reject = (failure: ServerFailure): void => settle(failed(failure));
        const cancel = startDeadline(clock, deadlineMs, () => {
          isOurDoing = true;
          finish(deadlineFailure(key, what, deadlineMs));
        });
        underWay.add(reject);
        connection.query(sql, (error: unknown, results: unknown) => {
          if (endedBy !== null) return;
          if (error === null || error === undefined) settle(ok(resultSets(results)));
          else {
            const failure = failureOf(key, user, error);
            if (isFatal(error)) finish(failure);
            settle(failed(failure));
          }
        });
      });
    },
    onLost(listener) {
      if (endedBy === null) lostListeners.push(listener);
      else if (!isOurDoing) listener(endedBy);
    },
    end() {
      if (endedBy !== null) return;
      isOurDoing = true;
      connection.end();
      cancelGoodbye = startDeadline(clock, GOODBYE_MS, () => finish(closedFailure(key)));
    },
    destroy() {
      isOurDoing = true;
      finish(closedFailure(key));
    },
    fail: finish,
    opened() {
      lostListeners = [];
      return session;
    },
  };
  return session;
}

const isFatal = (error: unknown): boolean => (error as { fatal?: unknown }).fatal === true;

/** The driver gives a bare list of rows for one statement and a list of lists for several; no rows for a plain OK. */
function resultSets(results: unknown): readonly (readonly Row[])[] {
  if (!Array.isArray(results)) return [[]];
  const isSeveral = results.length > 0 && results.every((entry) => Array.isArray(entry) || isOkPacket(entry));
  if (!isSeveral) return [results as Row[]];
  return results.map((entry) => (Array.isArray(entry) ? (entry as Row[]) : []));
}

const isOkPacket = (entry: unknown): boolean =>
  typeof entry === 'object' && entry !== null && entry.constructor?.name === 'ResultSetHeader';
