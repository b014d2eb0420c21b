import { OrchestratorError } from '../model/error.ts';
import type { RawConfig } from './credentials.ts';

/**
 * Decides which backend holds: BackendDB where it is set (anything with "sqlite" in it, "mysql" or ""), else MySQL when
 * MySQLOrchestratorHost is set, else SQLite at the default path. Changes BackendDB to exactly `sqlite` or `mysql`, and
 * SQLite3DataFile to a path. Gives warnings.
 * @throws OrchestratorError `config-bad-value` naming the key.
 */
export function adjustBackend(raw: RawConfig, explicit: ReadonlySet<string>, home: string | null): string[] {
  const asked = (raw.BackendDB as string).trim().toLowerCase();
  const hasHost = raw.MySQLOrchestratorHost !== '';
  const isSqlite = explicit.has('BackendDB') ? asked.includes('sqlite') : !hasHost;
  if (isSqlite) {
    raw.BackendDB = 'sqlite';
    if (raw.SQLite3DataFile !== '') return [];
    const path = defaultSqliteFile(home);
    raw.SQLite3DataFile = path;
    return [`SQLite3DataFile is not set; the SQLite backend is ${path}`];
  }
  if (asked !== '' && asked !== 'mysql') {
    throw new OrchestratorError('config-bad-value', `BackendDB is "${raw.BackendDB}"; write "sqlite" or "mysql"`, {
      details: { key: 'BackendDB' },
    });
  }
  raw.BackendDB = 'mysql';
  for (const key of ['MySQLOrchestratorHost', 'MySQLOrchestratorDatabase'] as const) {
    if (raw[key] !== '') continue;
    throw new OrchestratorError(
      'config-bad-value',
      `The backend is MySQL, but ${key} is not set. Set it, or BackendDB to "sqlite" for a backend without a server.`,
      { details: { key } },
    );
  }
  return [];
}

/** Where the SQLite backend lies when no key says so. In: the home directory, null when there is none. */
export const defaultSqliteFile = (home: string | null): string =>
  home === null ? 'orchestrator.sqlite3' : `${home.replace(/\/+$/, '')}/.orchestrator/orchestrator.sqlite3`;
