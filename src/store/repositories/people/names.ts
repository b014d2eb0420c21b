import type { NameStore } from '../../../engine/ports.ts';
import { insertText, type Session } from '../../database.ts';
import { bound } from '../../sql-dialects.ts';
import { requireFit, type Write } from './write.ts';

/** Tables hostname_unresolve (with its history) and candidate_database_instance: registrations that expire. */
export function createNames(
  write: Write,
): Pick<NameStore, 'registerUnresolve' | 'deregisterUnresolve' | 'removeCandidate'> {
  const remove = (table: string, where: string, values: readonly (string | number)[]): Promise<boolean> =>
    write(async (session) => (await session.run(`delete from ${table} where ${where}`, values)).changes > 0);
  return {
    async registerUnresolve(hostname, unresolvedHostname) {
      requireFit('virtual name', unresolvedHostname);
      await write(async (session) => {
        const values = [hostname, unresolvedHostname];
        await register(session, 'hostname_unresolve', ['hostname', 'unresolved_hostname'], 'hostname', values);
        // The history leads from the virtual name back to the host that had it last.
        const history = 'hostname_unresolve_history';
        await register(session, history, ['hostname', 'unresolved_hostname'], 'unresolved_hostname', values);
      });
    },
    deregisterUnresolve: (hostname) => remove('hostname_unresolve', 'hostname = ?', [hostname]),
    removeCandidate: (key) =>
      remove('candidate_database_instance', 'hostname = ? and port = ?', [key.hostname, key.port]),
  };
}

async function register(
  session: Session,
  table: string,
  columns: readonly string[],
  key: string,
  values: readonly string[],
): Promise<void> {
  const { dialect } = session;
  const stamped = [...bound(...columns), { name: 'last_registered', value: dialect.now }];
  await session.run(insertText(dialect.upsert(table, stamped, [key])), values);
}
