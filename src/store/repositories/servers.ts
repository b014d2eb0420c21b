import type { ServerStore } from '../../engine/ports.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Position, ServerRecord } from '../../model/server-record.ts';
import type { Database, Session, SqlDialect, SqlRow, SqlValue } from '../database.ts';
import { readExtraFacts } from '../rows/extra-facts.ts';
import { rowToInstance } from '../rows/row-to-instance.ts';
import { flag, keyOf, keysOfJson, NEVER_UNIX, number, text, timeMs, unixSeconds } from '../rows/values.ts';
import { DATABASE_INSTANCE_COLUMNS } from '../schema/tables.ts';
import { type Decided, intentOf, readIntentTables } from './intent-tables.ts';
import { batchesOf, createServerWriter, isTime } from './server-writer.ts';
import { createStaleCoordinates } from './stale-coordinates.ts';

const KEYS_PER_TOUCH = 100;

/** Table database_instance, with database_instance_extra beside it for what its 78 columns cannot hold. */
export function createServerStore(database: Database): ServerStore {
  const { dialect } = database;
  return {
    ...createStaleCoordinates(database),

    async loadServers() {
      const rows = await database.all(`select ${selectedColumns(dialect)} from database_instance`);
      const extras = new Map<string, string>();
      for (const row of await database.all('select hostname, port, facts from database_instance_extra')) {
        extras.set(formatKey(keyOf(row)), text(row, 'facts'));
      }
      const intents = await readIntentTables(database);
      return rows.map((row): ServerRecord => {
        const key = keyOf(row);
        const name = formatKey(key);
        const own = readExtraFacts(extras.get(name) ?? '', row);
        const check = checkOf(row, own?.failure ?? null);
        return {
          key,
          instance: own === null ? rowToInstance(row) : own.instance,
          check,
          position: positionOf(row, intents),
          intent: intentOf(key, intents),
        };
      });
    },

    async listServers() {
      return (await database.all('select hostname, port from database_instance')).map(keyOf);
    },

    saveServers: createServerWriter(database),

    async touchServers(records) {
      const groups = groupByCheck(records);
      if (groups.length === 0) return;
      await database.transaction(async (session) => {
        for (const group of groups) await touchGroup(session, group.times, group.keys);
      });
    },

    async snapshotTopologies() {
      const columns = 'hostname, port, master_host, master_port, cluster_name, version';
      const { changes } = await database.run(
        `${dialect.insertIgnore} database_instance_topology_history (snapshot_unix_timestamp, ${columns})
         select ${dialect.unixNow}, ${columns} from database_instance`,
      );
      return changes;
    },

    async forgetServer(key) {
      return database.transaction(async (session) => {
        const where = [key.hostname, key.port];
        await session.run('delete from database_instance_extra where hostname = ? and port = ?', where);
        const result = await session.run('delete from database_instance where hostname = ? and port = ?', where);
        return result.changes > 0;
      });
    },
  };
}

const selectedColumns = (dialect: SqlDialect): string =>
  DATABASE_INSTANCE_COLUMNS.map(({ name }) => (isTime(name) ? `${dialect.toUnix(name)} as ${name}` : name)).join(', ');

function checkOf(row: SqlRow, failure: string | null): ServerRecord['check'] {
  const lastCheckedAtMs = timeMs(row, 'last_checked');
  const lastSeenAtMs = timeMs(row, 'last_seen');
  const isGood = lastSeenAtMs !== null && lastCheckedAtMs !== null && lastSeenAtMs >= lastCheckedAtMs;
  return {
    lastAttemptAtMs: timeMs(row, 'last_attempted_check'),
    lastCheckedAtMs,
    lastSeenAtMs,
    lastCheckPartialSuccess: flag(row, 'last_check_partial_success'),
    failure: isGood ? null : failure,
  };
}

function positionOf(row: SqlRow, intents: Decided): Position {
  const clusterName = text(row, 'cluster_name');
  return {
    clusterName,
    clusterAlias: intents.aliasOverrides.get(clusterName) ?? intents.clusterAliases.get(clusterName) ?? '',
    clusterDomain: intents.clusterDomains.get(clusterName) ?? '',
    depth: number(row, 'replication_depth'),
    isCoPrimary: flag(row, 'is_co_master'),
    ancestryUuid: text(row, 'ancestry_uuid'),
    errantGtid: text(row, 'gtid_errant'),
    replicas: keysOfJson(text(row, 'slave_hosts')),
  };
}

interface TouchGroup {
  /** last_checked, last_attempted_check, last_seen (epoch seconds), partial success. */
  readonly times: readonly SqlValue[];
  readonly keys: InstanceKey[];
}

/** Servers looked at within the same second share one statement. */
function groupByCheck(records: readonly ServerRecord[]): TouchGroup[] {
  const groups = new Map<string, TouchGroup>();
  for (const { check, key } of records) {
    const times = [
      unixSeconds(check.lastCheckedAtMs, NEVER_UNIX),
      unixSeconds(check.lastAttemptAtMs, NEVER_UNIX),
      unixSeconds(check.lastSeenAtMs, null),
      Number(check.lastCheckPartialSuccess),
    ];
    const name = times.join();
    const group = groups.get(name) ?? { times, keys: [] };
    group.keys.push(key);
    groups.set(name, group);
  }
  return [...groups.values()];
}

async function touchGroup(session: Session, times: readonly SqlValue[], keys: readonly InstanceKey[]): Promise<void> {
  const { fromUnix } = session.dialect;
  const update = `update database_instance set last_checked = ${fromUnix}, last_attempted_check = ${fromUnix},
    last_seen = ${fromUnix}, last_check_partial_success = ? where `;
  for (const batch of batchesOf(keys, KEYS_PER_TOUCH)) {
    const where = batch.map(() => '(hostname = ? and port = ?)').join(' or ');
    await session.run(update + where, [...times, ...batch.flatMap((key) => [key.hostname, key.port])]);
  }
}
