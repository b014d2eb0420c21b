import { randomUUID } from 'node:crypto';
import { readBinlogEvent } from '../dialect/binlog-rows.ts';
import { eventsSql } from '../dialect/binlog-statements.ts';
import { waitingCommitsSqlOf } from '../dialect/held-log.ts';
import {
  announcedGtid,
  EXECUTED_GTID_QUERY,
  namedLockHolderSql,
  releaseNamedLockSql,
  stoppedAtQueries,
  storedAccountQuery,
  takeNamedLockSql,
} from '../dialect/inquiry-statements.ts';
import { type Row, readNumber, readText } from '../dialect/row.ts';
import type { Inquiry, InquiryAnswers, InquiryOptions, InquiryOutcome } from '../engine/ports.ts';
import type { ReplicationCredentials } from '../model/command.ts';
import { type BinlogCoordinates, nextLogFile } from '../model/coordinates.ts';
import { containsGtidSet, type GtidSet, parseGtidSet } from '../model/gtid-set.ts';
import type { Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { Secret } from '../model/secret.ts';
import { isOracleFamily } from '../model/version.ts';
import type { ControlDeps } from './control-session.ts';
import { ERRNO, type Outcome, ok } from './failure.ts';
import { isLogHeld } from './log-end.ts';
import type { Session } from './session.ts';

/** What inquiries need; the query is ReplicationCredentialsQuery, '' when there is none. */
export interface InquiryDeps extends ControlDeps {
  readonly replicationCredentialsQuery: string;
  /** Logs in with another account than ours, and out again. */
  logInAs(key: InstanceKey, account: ReplicationCredentials, deadlineMs: number): Promise<Outcome<null>>;
}

/** A worker that stopped only because another one had (ER_REPLICA_WORKER_STOPPED_PREVIOUS_THD_ERROR). */
const STOPPED_FOR_ANOTHER = 3030;
const NO_SUCH_TABLE = 1146;

const EVENTS_AT_ONCE = 500;
/** Looks at the relay log before the search is given up. */
const MOST_LOOKS = 200;

type Query = (sql: string, what: string) => Promise<Outcome<readonly Row[]>>;
type Answer<I extends Inquiry> = Promise<Outcome<InquiryAnswers[I]>>;

/** Asks one server something that its ordinary reading does not tell, on a control session. Never throws. */
export async function inquire<I extends Inquiry>(
  deps: InquiryDeps,
  instance: Instance,
  inquiry: I,
  { deadlineMs, account, other }: InquiryOptions,
): Promise<InquiryOutcome<I>> {
  const startMs = deps.clock.monotonicMs();
  const remainingMs = (): number => deadlineMs - (deps.clock.monotonicMs() - startMs);
  const outcome = await deps.sessions.use<InquiryAnswers[I]>(instance.key, remainingMs, (session) =>
    ANSWERS[inquiry](
      async (sql, what) => {
        const answer = await session.query(sql, remainingMs(), what);
        return answer.kind === 'ok' ? ok(answer.value[0] ?? []) : answer;
      },
      instance,
      { ...deps, session, remainingMs, tried: account ?? null, other: other ?? null },
    ),
  );
  return outcome.kind === 'ok' ? { kind: 'answered', answer: outcome.value } : outcome;
}

/** The account, or the other address, that is asked about, where one is. */
interface Asked extends InquiryDeps {
  readonly session: Session;
  readonly tried: ReplicationCredentials | null;
  readonly other: InstanceKey | null;
  remainingMs(): number;
}

const ANSWERS: { readonly [I in Inquiry]: (query: Query, instance: Instance, asked: Asked) => Answer<I> } = {
  'blocked-transaction': blockedTransaction,
  'stored-credentials': storedCredentials,
  'queried-credentials': queriedCredentials,
  'account-refusal': accountRefusal,
  'is-also-at': isAlsoAt,
  'do-commits-hang': async (_query, { semiSync }, { session, clock, remainingMs }) =>
    ok(semiSync.available ? await isLogHeld(session, null, clock, remainingMs, waitingCommitsSqlOf(semiSync)) : null),
};

/** This machine is not the one that will log in: that nobody may from here says nothing about the account. */
const HOST_NOT_ALLOWED = 1130;

async function accountRefusal(
  _query: Query,
  { key }: Instance,
  { tried, logInAs, remainingMs }: Asked,
): Answer<'account-refusal'> {
  if (tried === null) return ok(null);
  const outcome = await logInAs(key, tried, remainingMs());
  if (outcome.kind === 'ok' || outcome.failure.errorNumber === HOST_NOT_ALLOWED) return ok(null);
  return ok(outcome.failure.message);
}

/** Locks by name are the server's own, written to no log, and end with the session: whoever holds one is seen from every session. */
async function isAlsoAt(
  query: Query,
  _instance: Instance,
  { other, sessions, remainingMs }: Asked,
): Answer<'is-also-at'> {
  if (other === null) return ok(null);
  const name = `orchestrator ${randomUUID()}`;
  const taken = await query(takeNamedLockSql(name), 'take a lock by name');
  if (taken.kind === 'failed') return taken;
  const seen = await sessions.use(other, remainingMs, (session) =>
    session.query(namedLockHolderSql(name), remainingMs(), 'tell who holds a lock'),
  );
  const released = await query(releaseNamedLockSql(name), 'release a lock by name');
  if (seen.kind === 'failed') return seen;
  if (released.kind === 'failed') return released;
  const session = readNumber(taken.value[0], 'session');
  return ok(session !== null && readNumber(seen.value[0]?.[0], 'session') === session);
}

/**
 * The transaction at which the applier stopped, by error numbers, never by texts. MySQL 5.7 and later tell it in
 * performance_schema; several workers may have stopped, only because of each other (3030) or with errors of their own: the earliest
 * one is what blocks. Else, and on 5.6, it is the first one in the relay log, from where the applier stands, that is not executed.
 */
async function blockedTransaction(query: Query, instance: Instance): Answer<'blocked-transaction'> {
  const { replication } = instance;
  if (replication === null || !isOracleFamily(instance.version) || !instance.supportsOracleGtid) return ok(null);
  const executed = await query(EXECUTED_GTID_QUERY, 'tell gtid_executed');
  if (executed.kind === 'failed') return executed;
  const done = parseGtidSet(readText(executed.value[0], 'executed'));
  for (const sql of stoppedAtQueries(instance)) {
    const told = await query(sql, 'tell where its applier stopped');
    // Refused for lack of a privilege, or the table is missing: the relay log knows as well.
    if (told.kind === 'failed' && told.failure.errorNumber === null) return told;
    const found = told.kind === 'ok' ? earliestOf(told.value, done) : null;
    if (found !== null) return ok(found);
  }
  return firstInRelayLog(query, instance, replication.relayCoordinates, done);
}

function earliestOf(rows: readonly Row[], done: GtidSet): string | null {
  const stopped = rows.flatMap((row) => {
    const gtid = readText(row, 'gtid').toLowerCase();
    if (readNumber(row, 'error') === STOPPED_FOR_ANOTHER || !/:\d+$/.test(gtid)) return [];
    return containsGtidSet(done, parseGtidSet(gtid)) ? [] : [gtid];
  });
  const sequenceOf = (gtid: string): bigint => BigInt(gtid.slice(gtid.lastIndexOf(':') + 1));
  return stopped.sort((a, b) => (sequenceOf(a) < sequenceOf(b) ? -1 : 1))[0] ?? null;
}

async function firstInRelayLog(
  query: Query,
  instance: Instance,
  from: BinlogCoordinates,
  done: GtidSet,
): Promise<Outcome<string | null>> {
  let { file } = from;
  let fromPosition: number | null = from.position;
  for (let look = 0; look < MOST_LOOKS && file !== ''; look += 1) {
    const sql = eventsSql(instance, { log: 'relaylog', file, fromPosition, limit: EVENTS_AT_ONCE });
    const rows = await query(sql, 'show its relay log');
    // The file after the last one, or no privilege: not told.
    if (rows.kind === 'failed') return rows.failure.errorNumber === null ? rows : ok(null);
    const events = rows.value.map(readBinlogEvent);
    for (const event of events) {
      const gtid = announcedGtid(event);
      if (gtid !== null && !containsGtidSet(done, parseGtidSet(gtid))) return ok(gtid);
    }
    const last = events.at(-1);
    if (events.length === EVENTS_AT_ONCE && last !== undefined && last.position !== fromPosition) {
      // The offset after an event is not told in a relay log, so the last event is shown twice.
      fromPosition = last.position;
    } else {
      file = nextLogFile(file);
      fromPosition = null;
    }
  }
  return ok(null);
}

async function storedCredentials(query: Query, instance: Instance): Answer<'stored-credentials'> {
  const sql = storedAccountQuery(instance);
  if (sql === null) return ok(null);
  const rows = await query(sql, 'tell its replication account');
  if (rows.kind === 'failed') return isForbidden(rows.failure.errorNumber) ? ok(null) : rows;
  const [row] = rows.value;
  return ok(row === undefined ? null : accountOf(readText(row, 'user'), readText(row, 'password')));
}

const isForbidden = (errorNumber: number | null): boolean =>
  errorNumber === ERRNO.tableAccessDenied || errorNumber === NO_SUCH_TABLE;

/** The operator's own query: user, password, and files for CA, certificate and key, by the columns of its first row, whatever their names. */
async function queriedCredentials(
  query: Query,
  _instance: Instance,
  { replicationCredentialsQuery }: InquiryDeps,
): Answer<'queried-credentials'> {
  if (replicationCredentialsQuery.trim() === '') return ok(null);
  const rows = await query(replicationCredentialsQuery, 'answer ReplicationCredentialsQuery');
  if (rows.kind === 'failed') return rows;
  const [user, password, caFile, cert, key] = Object.values(rows.value[0] ?? {});
  const account = user == null ? null : accountOf(user, password ?? '');
  const tlsFiles = { caFile: caFile ?? '', cert: cert ?? '', key: key ?? '' };
  return ok(
    account === null || Object.values(tlsFiles).every((file) => file === '') ? account : { ...account, tlsFiles },
  );
}

const accountOf = (user: string, password: string): ReplicationCredentials | null =>
  user === '' ? null : { user, password: new Secret(password) };
