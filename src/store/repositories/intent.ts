import type { IntentStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import type { OwnChanges } from '../own-changes.ts';
import { columnSeconds, text } from '../rows/values.ts';
import { MOVED_ALIAS_TABLE } from '../schema/own-tables.ts';
import { bound } from '../sql-dialects.ts';
import { readIntentTables } from './intent-tables.ts';
import { type AccessTokenSettings, createAccessTokens } from './people/access-tokens.ts';
import { type CandidateSettings, createCandidates } from './people/candidates.ts';
import { createClusterNames } from './people/cluster-names.ts';
import { createHostAttributes } from './people/host-attributes.ts';
import { createNames } from './people/names.ts';
import { createPools } from './people/pools.ts';
import { createTags } from './people/tags.ts';
import type { Write } from './people/write.ts';
import { readPublished } from './published.ts';

/** The tables in which people say what they want of servers and clusters. */
export function createIntentStore(
  database: Database,
  settings: AccessTokenSettings & CandidateSettings,
  ownChanges: OwnChanges,
): IntentStore {
  const { dialect } = database;
  const write: Write = async (work) => {
    const result = await database.transaction(work);
    ownChanges.add();
    return result;
  };

  return {
    ...createTags(write),
    ...createCandidates(database, settings, write),
    ...createNames(write),
    ...createClusterNames(database, write),
    ...createPools(database),
    ...createHostAttributes(database),
    ...createAccessTokens(database, settings),

    read: async () => ({ ...(await readIntentTables(database)), published: await readPublished(database) }),

    isChangeTokenFree: database.tellsForeignChanges,

    async changeToken() {
      const foreign = (await database.foreignChangeToken()) ?? (await checksum(database));
      return `${foreign}.${ownChanges.count()}`;
    },

    async beginDowntime(key, downtime) {
      const columns = [
        ...bound('hostname', 'port', 'downtime_active'),
        { name: 'begin_timestamp', value: dialect.fromUnix },
        { name: 'end_timestamp', value: dialect.fromUnix },
        ...bound('owner', 'reason'),
      ];
      const upsert = insertText(dialect.upsert('database_instance_downtime', columns, ['hostname', 'port']));
      const { beginAtMs, endAtMs, owner, reason } = downtime;
      const times = [columnSeconds(beginAtMs), columnSeconds(endAtMs)];
      await write((session) => session.run(upsert, [key.hostname, key.port, 1, ...times, owner.slice(0, 128), reason]));
    },

    async endDowntime(key) {
      const sql = 'delete from database_instance_downtime where hostname = ? and port = ?';
      return write(async (session) => (await session.run(sql, [key.hostname, key.port])).changes > 0);
    },

    async setRecoveryDisabled(disabled) {
      const sql = disabled
        ? `${dialect.insertIgnore} global_recovery_disable (disable_recovery) values (1)`
        : 'delete from global_recovery_disable';
      await write((session) => session.run(sql));
    },
  };
}

/** What `changeToken` watches where the engine has no counter of its own; small tables all of them. */
const WATCHED: readonly (readonly [string, string, string])[] = [
  ['database_instance_downtime', 'hostname, port, downtime_active, begin_timestamp, end_timestamp, owner, reason', ''],
  ['database_instance_maintenance', 'hostname, port, owner', ' where maintenance_active = 1'],
  ['candidate_database_instance', 'hostname, port, promotion_rule', ''],
  ['database_instance_tags', 'hostname, port, tag_name, tag_value', ''],
  [MOVED_ALIAS_TABLE, 'cluster_name, alias', ''],
  ['cluster_alias_override', 'cluster_name, alias', ''],
  ['cluster_domain_name', 'cluster_name, domain_name', ''],
  ['hostname_unresolve', 'hostname, unresolved_hostname', ''],
  ['global_recovery_disable', 'disable_recovery', ''],
  ['host_agent', 'hostname, count_mysql_snapshots', ''],
  ['orchestrator_kv_claim', 'alias, hostname, port', ''],
  ['orchestrator_deposed_primary', 'hostname, port, successor_hostname, successor_port', ''],
];

const CHECKSUM_SQL = `select concat_ws('.', ${WATCHED.map(
  ([table, columns, where]) =>
    `(select concat(count(*), ':', coalesce(sum(crc32(concat_ws('#', ${columns}))), 0)) from ${table}${where})`,
).join(', ')}) as token`;

async function checksum(database: Database): Promise<string> {
  const [row] = await database.all(CHECKSUM_SQL);
  return row === undefined ? '' : text(row, 'token');
}
