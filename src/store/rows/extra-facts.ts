import type { Instance } from '../../model/instance.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { SqlRow } from '../database.ts';
import { DATABASE_INSTANCE_COLUMNS } from '../schema/tables.ts';
import type { InstanceRow } from './instance-to-row.ts';
import { parseJson, text } from './values.ts';

/** What database_instance_extra keeps of one server: the whole reading, and by which row of database_instance it is vouched. */
interface ExtraFacts {
  readonly format: 1;
  /** Digest of the row written along with it. Another program's write changes the row and so outdates the reading. */
  readonly rowDigest: string;
  readonly instance: Instance | null;
  readonly failure: string | null;
}

/** Left out of the digest: the check times change with every look and say nothing about whose reading it is. */
const CHECK_TIMES: ReadonlySet<string> = new Set([
  'last_checked',
  'last_attempted_check',
  'last_seen',
  'last_check_partial_success',
]);
const DIGESTED = DATABASE_INSTANCE_COLUMNS.map((column, index) => ({ name: column.name, index })).filter(
  ({ name }) => !CHECK_TIMES.has(name),
);

// Fetched when there is something to digest: a command on a backend that holds no readings of ours would load it in vain.
const digestOf = (values: readonly string[]): string =>
  process.getBuiltinModule('node:crypto').createHash('sha1').update(values.join('\x1f')).digest('base64');

/** Null and '' count as one: an engine may keep either for "nothing". */
const digestOfWritten = (row: InstanceRow): string => digestOf(DIGESTED.map(({ index }) => String(row[index] ?? '')));
const digestOfRead = (row: SqlRow): string => digestOf(DIGESTED.map(({ name }) => text(row, name)));

/** The text for column `facts`. */
export function extraFactsText(record: ServerRecord, row: InstanceRow): string {
  const facts: ExtraFacts = {
    format: 1,
    rowDigest: digestOfWritten(row),
    instance: record.instance,
    failure: record.check.failure,
  };
  return JSON.stringify(facts);
}

/** The reading in `facts` when it belongs to this row as it stands now; null when it is missing, damaged or outdated. */
export function readExtraFacts(
  facts: string,
  row: SqlRow,
): { instance: Instance | null; failure: string | null } | null {
  const parsed = parseJson(facts) as Partial<ExtraFacts> | null;
  if (parsed?.format !== 1 || parsed.rowDigest !== digestOfRead(row)) return null;
  return { instance: parsed.instance ?? null, failure: parsed.failure ?? null };
}
