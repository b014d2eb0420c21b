import type { Row } from './connection.ts';
import { errnoOf } from './connection.ts';
import type { LabServer } from './server.ts';

/** The server's global variables by lower-case name, as text. */
export type Globals = ReadonlyMap<string, string>;

/** What changes by itself, or is brought back by other means. */
const LIVING =
  /^(gtid_(executed|purged|owned|binlog_pos|binlog_state|current_pos|slave_pos)|timestamp|(super_)?read_only|.*_last_gtid)$/;

/** Reads all global variables of a server. */
export async function readGlobals(server: LabServer): Promise<Globals> {
  const rows = await server.query('SHOW GLOBAL VARIABLES');
  return new Map(rows.map((row: Row) => [String(row.Variable_name).toLowerCase(), String(row.Value ?? '')]));
}

/**
 * Sets every dynamic global variable back that differs from `wanted`, so that what one test changed does not reach the
 * next. Variables which cannot be set are left alone. Returns the names set.
 */
export async function restoreGlobals(server: LabServer, wanted: Globals): Promise<readonly string[]> {
  const restored: string[] = [];
  for (const [name, value] of await readGlobals(server)) {
    const before = wanted.get(name);
    if (before === undefined || before === value || LIVING.test(name)) continue;
    if (await setGlobal(server, name, before)) restored.push(name);
  }
  return restored;
}

const WRONG_TYPE = 1232;

async function setGlobal(server: LabServer, name: string, value: string): Promise<boolean> {
  const quoted = `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  // A name like "1000" may be a number or a text; the server says which it wants.
  const forms = /^-?\d+(\.\d+)?$/.test(value) ? [value, quoted] : [quoted];
  for (const form of forms) {
    try {
      await server.query(`SET GLOBAL \`${name}\` = ${form}`);
      return true;
    } catch (thrown) {
      if (errnoOf(thrown) !== WRONG_TYPE) return false;
    }
  }
  return false;
}
