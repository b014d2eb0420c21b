import { afterEach, describe, expect, it } from 'vitest';
import { PRIMARY, REPLICA, SEEN_AT_MS, sampleRecord } from '../../../test/contract/store/samples.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Database, Session, SqlValue } from '../database.ts';
import { mysqlError } from '../mysql/mysql-errors.ts';
import { ensureSchema } from '../schema/ensure-schema.ts';
import { DATABASE_INSTANCE_COLUMNS } from '../schema/tables.ts';
import { loadSqliteEngine } from '../sqlite/engine.ts';
import { openSqliteDatabase } from '../sqlite/sqlite-database.ts';
import { createServerStore } from './servers.ts';

const OTHERS = Array.from({ length: 250 }, (_, index) => ({ hostname: `x${index}`, port: 3306 }));
const GTID_COLUMN = DATABASE_INSTANCE_COLUMNS.findIndex(({ name }) => name === 'executed_gtid_set');

interface Refusal {
  readonly errno: number;
  readonly message: string;
}

let opened: Database | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** The servers of a backend that answers as MySQL does to rows it does not take. */
async function scene(refusal: (row: readonly SqlValue[]) => Refusal | null) {
  const open = await loadSqliteEngine(process.versions.node);
  const database = await openSqliteDatabase(open, { file: ':memory:', lockTimeoutMs: 1_000 });
  opened = database;
  await ensureSchema(database, { version: '1', skipDatabaseUpdate: false, panicIfDifferentDatabaseDeploy: false });
  const state = { refusal, transactions: 0 };
  const strict = (session: Session): Session => ({
    ...session,
    async runForRows(insert, rows) {
      for (const row of insert.head.includes('database_instance_extra') ? [] : rows) {
        const refused = state.refusal(row);
        if (refused !== null) throw mysqlError(Object.assign(new Error(refused.message), refused), 'db:3306/orc');
      }
      await session.runForRows(insert, rows);
    },
  });
  const servers = createServerStore({
    ...database,
    transaction(work) {
      state.transactions += 1;
      return database.transaction((session) => work(strict(session)));
    },
  });
  return { servers, state, stored: async () => new Set((await servers.listServers()).map(formatKey)) };
}

const odd = sampleRecord(REPLICA, PRIMARY);
const records = [...OTHERS.slice(0, 50), REPLICA, ...OTHERS.slice(50)].map((key) =>
  key === REPLICA ? odd : sampleRecord(key, null),
);

describe('a server whose row the backend cannot hold', () => {
  it.each([1406, 1366, 3988, 1264, 1292])('keeps up nobody else (error %i)', async (errno) => {
    const message = "Data too long for column 'hostname' at row 1";
    const { servers, state, stored } = await scene((row) => (row[0] === REPLICA.hostname ? { errno, message } : null));
    expect(await servers.saveServers(records)).toEqual([
      { key: REPLICA, reason: expect.stringContaining(message), isSaved: false },
    ]);
    expect(await stored()).toEqual(new Set(OTHERS.map(formatKey)));
    await servers.touchServers([
      sampleRecord({ hostname: 'x249', port: 3306 }, null, {
        check: { ...odd.check, lastCheckedAtMs: SEEN_AT_MS + 60_000 },
      }),
    ]);

    // It is known now, and makes no batch fail.
    state.transactions = 0;
    await servers.saveServers(records);
    expect(state.transactions).toBe(4);

    state.refusal = () => null;
    expect(await servers.saveServers(records)).toEqual([]);
    expect((await stored()).has(formatKey(REPLICA))).toBe(true);
    state.transactions = 0;
    await servers.saveServers(records);
    expect(state.transactions).toBe(3);
  });

  it.each([
    ['MySQL', "Data too long for column 'executed_gtid_set' at row 1"],
    [
      'MariaDB',
      "Incorrect string value: '\\xC3\\xBC' for column `orc`.`database_instance`.`executed_gtid_set` at row 1",
    ],
  ])('is written without a long text, and read again with it: %s', async (_, message) => {
    const { servers } = await scene((row) => (row[GTID_COLUMN] === '' ? null : { errno: 1406, message }));
    const reason = expect.stringContaining(message);
    expect(await servers.saveServers([odd])).toEqual([{ key: REPLICA, reason, isSaved: true }]);
    const [row] = (await opened?.all('select executed_gtid_set, master_host from database_instance')) ?? [];
    expect(row).toMatchObject({ executed_gtid_set: '', master_host: PRIMARY.hostname });
    const [loaded] = await servers.loadServers();
    expect(loaded?.instance?.executedGtid).toBe(odd.instance?.executedGtid);
  });

  it('is no excuse for a backend that fails otherwise', async () => {
    const { servers, state } = await scene(() => ({ errno: 1290, message: 'read-only' }));
    await expect(servers.saveServers(records)).rejects.toMatchObject({ code: 'store-read-only' });
    expect(state.transactions).toBe(1);
  });
});
