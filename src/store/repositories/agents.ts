import type { AgentStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import type { OwnChanges } from '../own-changes.ts';
import { number, numberOrNull, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';
import { requireFit } from './people/write.ts';
import { createSeedStore } from './seeds.ts';

/** Table host_agent, and those of the seeds. */
export function createAgentStore(database: Database, ownChanges: OwnChanges): AgentStore {
  const { dialect } = database;
  const submit = insertText(
    dialect.upsert(
      'host_agent',
      [
        ...bound('hostname', 'port', 'token', 'count_mysql_snapshots'),
        { name: 'last_submitted', value: dialect.now },
        { name: 'last_seen', value: dialect.now },
      ],
      ['hostname'],
      // What it told of its host stays.
      dialect.kind === 'sqlite'
        ? 'port = excluded.port, token = excluded.token, last_submitted = excluded.last_submitted, last_seen = excluded.last_seen'
        : 'port = values(port), token = values(token), last_submitted = values(last_submitted), last_seen = values(last_seen)',
    ),
  );
  return {
    ...createSeedStore(database),

    async submit({ hostname, port, token }) {
      requireFit('host name', hostname);
      requireFit('token', token);
      await database.run(submit, [hostname, port, token, 0]);
    },

    async readAgents() {
      const rows = await database.all(
        `select hostname, port, token, mysql_port, count_mysql_snapshots, ${dialect.timeText('last_submitted')} as submitted
         from host_agent order by hostname`,
      );
      return rows.map((row) => ({
        hostname: text(row, 'hostname'),
        port: number(row, 'port'),
        token: text(row, 'token'),
        lastSubmitted: text(row, 'submitted'),
        mysqlPort: numberOrNull(row, 'mysql_port'),
        countSnapshots: number(row, 'count_mysql_snapshots'),
      }));
    },

    async noteAnswer(hostname, mysqlPort, countSnapshots) {
      await database.run(
        `update host_agent set last_checked = ${dialect.now}, last_seen = ${dialect.now}, mysql_port = ? where hostname = ?`,
        [mysqlPort, hostname],
      );
      const { changes } = await database.run(
        'update host_agent set count_mysql_snapshots = ? where hostname = ? and count_mysql_snapshots <> ?',
        [countSnapshots, hostname, countSnapshots],
      );
      if (changes > 0) ownChanges.add();
    },

    async forgetAgents(unseenHours) {
      const { changes } = await database.run(`delete from host_agent where last_submitted < ${dialect.secondsAgo}`, [
        unseenHours * 3600,
      ]);
      if (changes > 0) ownChanges.add();
    },
  };
}
