import type { NodeStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import { text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

/** What the tables call a process that serves, as opposed to a single command (`CliMode`), which an existing program notes here as well. */
const SERVES = 'HttpMode';
/** A node not heard of for so long is not available (historic behaviour). */
const AVAILABLE_SECONDS = 5;

/** Table node_health and its history: which of our processes are up. */
export function createNodeStore(database: Database): NodeStore {
  const { dialect } = database;
  const beat = insertText(
    dialect.upsert(
      'node_health',
      [
        ...bound('hostname', 'token', 'command', 'app_version', 'db_backend', 'extra_info'),
        { name: 'last_seen_active', value: dialect.now },
        { name: 'first_seen_active', value: dialect.now },
        { name: 'incrementing_indicator', value: '1' },
      ],
      ['hostname', 'token'],
      // The table is named, because `node_health.x` is the old value on both engines.
      `last_seen_active = ${dialect.now}, incrementing_indicator = node_health.incrementing_indicator + 1`,
    ),
  );
  return {
    async beat({ hostname, token, command, version }) {
      await database.run(beat, [
        hostname,
        token,
        command.slice(0, 128),
        version,
        database.location.slice(0, 255),
        SERVES,
      ]);
      await database.run(
        `${dialect.insertIgnore} node_health_history (hostname, token, first_seen_active, extra_info, command, app_version)
         values (?, ?, ${dialect.now}, ?, ?, ?)`,
        [hostname, token, SERVES, command.slice(0, 128), version],
      );
    },
    async readAvailable() {
      const rows = await database.all(
        `select hostname, token, app_version, command, db_backend,
           ${dialect.timeText('n.first_seen_active')} as first_seen, ${dialect.timeText('n.last_seen_active')} as last_seen
         from node_health n where n.last_seen_active > ${dialect.secondsAgo} and n.extra_info = ? order by n.hostname, n.token`,
        [AVAILABLE_SECONDS, SERVES],
      );
      return rows.map((row) => ({
        hostname: text(row, 'hostname'),
        token: text(row, 'token'),
        version: text(row, 'app_version'),
        firstSeenActive: text(row, 'first_seen'),
        lastSeenActive: text(row, 'last_seen'),
        // Historic: noted in the table, never told.
        extraInfo: '',
        command: text(row, 'command'),
        dbBackend: text(row, 'db_backend'),
      }));
    },
  };
}
