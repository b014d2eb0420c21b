import type { SemiSyncStatus } from '../model/instance.ts';
import { isAtLeast, type ServerVersion } from '../model/version.ts';
import { type Row, variableMap } from './row.ts';

/*
 * MariaDB under AFTER_SYNC: while one commit waits for a semi-sync acknowledgement, the next one holds the log. Until an acknowledgement
 * comes, SHOW MASTER STATUS is not answered, and the session that asked stays on the server, whatever becomes of its client (seen on
 * 10.11). Only the first counts as waiting, so whether there is a second cannot be read.
 */

const COUNTERS = ['wait_sessions', 'yes_tx', 'no_tx'] as const;
const waitingCommitsSql = (side: 'master' | 'source'): string =>
  `SHOW GLOBAL STATUS WHERE Variable_name IN (${COUNTERS.map((name) => `'Rpl_semi_sync_${side}_${name}'`).join(', ')})`;

export const WAITING_COMMITS_SQL = waitingCommitsSql('master');

/** The same in the words that the server has. */
export const waitingCommitsSqlOf = ({ sourceWordsNew }: SemiSyncStatus): string =>
  waitingCommitsSql(sourceWordsNew ? 'source' : 'master');

/**
 * True when the server itself can tell, in the very statement that asks, that it makes no commit wait: from 10.3.3 on semi-sync is built in,
 * and a statement may be chosen by an expression (EXECUTE IMMEDIATE).
 */
export const canPutOff = (version: ServerVersion): boolean =>
  version.flavour === 'mariadb' && isAtLeast(version, 10, 3, 3);

/** What asks `sql` where no commit can wait now, and else says that it was put off. In: text without quotes. */
export const unlessCommitsWaitSql = (sql: string): string =>
  `EXECUTE IMMEDIATE IF(@@global.rpl_semi_sync_master_enabled, 'SELECT 1 AS put_off', '${sql}')`;

export const isPutOff = (rows: readonly Row[]): boolean => rows[0] !== undefined && 'put_off' in rows[0];

/** Whether it has to be seen first that the log is not held. `semiSync` as last read; null when it never was. */
export const mayHoldItsLog = (version: ServerVersion, semiSync: SemiSyncStatus | null): boolean =>
  version.flavour === 'mariadb' && (semiSync === null || semiSync.sourceEnabled);

export interface WaitingCommits {
  readonly sessions: number;
  /** How many have ended their waiting so far, with an acknowledgement or without. */
  readonly ended: number;
}

/** From the rows of WAITING_COMMITS_SQL, in either words. */
export function readWaitingCommits(rows: readonly Row[]): WaitingCommits {
  const status = variableMap(rows);
  const number = (name: (typeof COUNTERS)[number]): number =>
    Number(status.get(`rpl_semi_sync_master_${name}`) ?? status.get(`rpl_semi_sync_source_${name}`) ?? 0);
  return { sessions: number('wait_sessions'), ended: number('yes_tx') + number('no_tx') };
}

export const canHoldTheLog = ({ sessions }: WaitingCommits): boolean => sessions > 0;

/** On a busy primary some always wait: the log is held only when none of them ends. */
export const isStillHeld = (before: WaitingCommits, after: WaitingCommits): boolean =>
  canHoldTheLog(after) && after.ended === before.ended;
