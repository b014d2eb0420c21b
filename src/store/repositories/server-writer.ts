import type { MisfitServer } from '../../engine/ports.ts';
import { messageOf, OrchestratorError } from '../../model/error.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Database, SqlDialect } from '../database.ts';
import { extraFactsText } from '../rows/extra-facts.ts';
import { type InstanceRow, instanceToRow } from '../rows/instance-to-row.ts';
import { DATABASE_INSTANCE_COLUMNS } from '../schema/tables.ts';
import { bound } from '../sql-dialects.ts';

const ROWS_PER_TRANSACTION = 100;
const TIME_COLUMNS = ['last_checked', 'last_attempted_check', 'last_seen'] as const;

interface Line {
  readonly record: ServerRecord;
  readonly row: InstanceRow;
}

/**
 * Writes whole rows, many in one transaction. Backends that the historic program made keep their columns, which hold less than ours
 * (64 kB of a GTID set): a server that does not fit is written alone, so that it keeps up nobody else.
 */
export function createServerWriter(
  database: Database,
): (records: readonly ServerRecord[]) => Promise<readonly MisfitServer[]> {
  const { dialect } = database;
  const saveRow = upsertOfInstance(dialect);
  const saveExtra = dialect.upsert('database_instance_extra', bound('hostname', 'port', 'facts'), ['hostname', 'port']);
  /** Those that did not fit the last time: among others they would make the whole batch fail again. */
  const odd = new Set<string>();

  const write = (lines: readonly Line[]): Promise<void> => {
    const rows = lines.map(({ row }) => row);
    const extras = lines.map(({ record, row }) => [record.key.hostname, record.key.port, extraFactsText(record, row)]);
    return database.transaction(async (session) => {
      await session.runForRows(saveRow, rows);
      await session.runForRows(saveExtra, extras);
    });
  };

  async function writeAlone({ record, row }: Line): Promise<MisfitServer | null> {
    const { key } = record;
    let reason: string | null = null;
    for (let fitting = row; ; ) {
      const refusal = await refusalOf(write([{ record, row: fitting }]));
      if (refusal === null) {
        if (reason === null) odd.delete(formatKey(key));
        return reason === null ? null : { key, reason, isSaved: true };
      }
      odd.add(formatKey(key));
      reason = refusal;
      const column = longColumnNamed(refusal, fitting);
      if (column === null) return { key, reason, isSaved: false };
      // The whole reading is kept beside the row, and comes back from there.
      fitting = fitting.with(column, '');
    }
  }

  return async (records) => {
    const lines = records.map((record): Line => ({ record, row: instanceToRow(record) }));
    const isOdd = ({ record }: Line): boolean => odd.has(formatKey(record.key));
    const alone = lines.filter(isOdd);
    for (const batch of batchesOf(
      lines.filter((line) => !isOdd(line)),
      ROWS_PER_TRANSACTION,
    )) {
      if ((await refusalOf(write(batch))) !== null) alone.push(...batch);
    }
    const misfits: MisfitServer[] = [];
    for (const line of alone) {
      const misfit = await writeAlone(line);
      if (misfit !== null) misfits.push(misfit);
    }
    return misfits;
  };
}

/** What the database said against a value; null when it took all. Any other failure is thrown. */
async function refusalOf(writing: Promise<void>): Promise<string | null> {
  try {
    await writing;
    return null;
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'store-value-refused') return messageOf(error);
    throw error;
  }
}

const LONG_COLUMNS = DATABASE_INSTANCE_COLUMNS.map(({ name, type }, index) => ({ name, type, index })).filter(
  ({ type }) => type.toLowerCase() === 'text',
);

/** Which column a refusal is about, if the row may go without: long texts may, but not what places a server (`master_host`). */
function longColumnNamed(refusal: string, row: InstanceRow): number | null {
  const named = /for column (?:\S*[`'.])?(\w+)[`'] at row/.exec(refusal)?.[1];
  const column = LONG_COLUMNS.find(({ name, index }) => name === named && row[index] !== '' && row[index] !== null);
  return column?.index ?? null;
}

export const isTime = (name: string): boolean => (TIME_COLUMNS as readonly string[]).includes(name);

const upsertOfInstance = (dialect: SqlDialect) =>
  dialect.upsert(
    'database_instance',
    DATABASE_INSTANCE_COLUMNS.map(({ name }) => ({ name, value: isTime(name) ? dialect.fromUnix : '?' })),
    ['hostname', 'port'],
  );

export function* batchesOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
