import {
  canHoldTheLog,
  canPutOff,
  isPutOff,
  isStillHeld,
  mayHoldItsLog,
  readWaitingCommits,
  WAITING_COMMITS_SQL,
} from '../dialect/held-log.ts';
import {
  ownPositionAtOnceStatement,
  ownPositionStatement,
  type ProbeStatement,
  waitingCommitsStatement,
} from '../dialect/probe-statements.ts';
import type { Row } from '../dialect/row.ts';
import type { Clock } from '../engine/ports.ts';
import type { SemiSyncStatus } from '../model/instance.ts';
import type { ServerVersion } from '../model/version.ts';
import { type BatchOutcome, type Refusals, readBatch } from './read-batch.ts';
import type { Session } from './session.ts';

/*
 * Where the log of a server ends, read together with the rest, unless commits that wait for an acknowledgement may hold that log
 * (held-log.ts). Most servers make no commit wait: they are asked in the one batch. Where one may wait the question is put off, by the
 * server itself if it can, and asked in a round trip of its own once it is seen that nothing is held.
 */

const LOOKS = 3;
const BETWEEN_LOOKS_MS = 50;

/** The statements of one reading: asking where the log ends in the way that suits the server. `semiSync` as last read, or null. */
export function askingLogEnd(
  statements: readonly ProbeStatement[],
  version: ServerVersion,
  semiSync: SemiSyncStatus | null,
): readonly ProbeStatement[] {
  const mayBeHeld = mayHoldItsLog(version, semiSync);
  if (!canPutOff(version) && !mayBeHeld) return statements;
  const asked = canPutOff(version) ? statements.map((one) => atOnce(one, version)) : withoutLogEnd(statements);
  // A full reading tells how many commits wait among the rest.
  const isTold = asked.some(({ part }) => part === 'status');
  return mayBeHeld && !isTold ? [...asked, waitingCommitsStatement()] : asked;
}

const atOnce = (statement: ProbeStatement, version: ServerVersion): ProbeStatement =>
  statement.part === 'ownPosition' ? ownPositionAtOnceStatement(version) : statement;

/** The statements of a reading in which nobody asks where the log ends. */
export const withoutLogEnd = (statements: readonly ProbeStatement[]): readonly ProbeStatement[] =>
  statements.filter(({ part }) => part !== 'ownPosition');

/** Sends statements of askingLogEnd(). In the rows `ownPosition` is absent when the log is held, or the server refuses to tell. */
export async function readWithLogEnd(
  session: Session,
  statements: readonly ProbeStatement[],
  version: ServerVersion,
  refusals: Refusals,
  clock: Clock,
  remainingMs: () => number,
): Promise<BatchOutcome> {
  const batch = await readBatch(session, statements, refusals, remainingMs);
  if (batch.kind === 'failed' || batch.rows.ownPosition !== undefined) return batch;
  const { ownPositionAtOnce: answer, waitingCommits, status } = batch.rows;
  if (answer !== undefined && !isPutOff(answer)) return { kind: 'read', rows: { ...batch.rows, ownPosition: answer } };
  if (refusals.isRefused('ownPosition')) return batch;
  const seen = waitingCommits ?? status ?? null;
  if (await isLogHeld(session, seen, clock, remainingMs)) return batch;
  const end = await readBatch(session, [ownPositionStatement(version)], refusals, remainingMs);
  return end.kind === 'failed' ? { ...end, hasIdentity: true } : { kind: 'read', rows: { ...batch.rows, ...end.rows } };
}

/**
 * Whether commits that wait for an acknowledgement hold the log of this server, so that it must not be asked where the log ends. In: what
 * WAITING_COMMITS_SQL gave a moment ago; null when it was not asked. Takes time only when one waits. An answer that does not come counts as held.
 */
export async function isLogHeld(
  session: Session,
  seen: readonly Row[] | null,
  clock: Clock,
  remainingMs: () => number,
  sql = WAITING_COMMITS_SQL,
): Promise<boolean> {
  const ask = async (): Promise<readonly Row[] | null> => {
    const answer = await session.query(sql, remainingMs(), 'say how many commits wait');
    return answer.kind === 'failed' ? null : (answer.value[0] ?? []);
  };
  const first = seen ?? (await ask());
  if (first === null) return true;
  const before = readWaitingCommits(first);
  if (!canHoldTheLog(before)) return false;
  for (let look = 0; look < LOOKS; look++) {
    await clock.sleep(Math.min(BETWEEN_LOOKS_MS, Math.max(0, remainingMs())));
    const rows = await ask();
    if (rows === null) return true;
    if (!isStillHeld(before, readWaitingCommits(rows))) return false;
  }
  return true;
}
