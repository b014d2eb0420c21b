import type { Session } from '../database.ts';
import { text } from '../rows/values.ts';

/** Two columns of a table, by the first. */
export async function readPairs(
  session: Session,
  table: string,
  key: string,
  value: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.all(`select ${key}, ${value} from ${table}`);
  return new Map(rows.map((row) => [text(row, key), text(row, value)]));
}
