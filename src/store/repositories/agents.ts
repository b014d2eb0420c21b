import type { AgentStore } from '../../engine/ports.ts';
import { type Database, insertText, type SqlValue } from '../database.ts';
import { flag, number, numberOrNull, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';
import { requireFit } from './people/write.ts';

const MOST_SEEDS = 100;
/** Lengths of agent_seed_state's columns. */
const ACTION_CHARACTERS = 127;
const ERROR_CHARACTERS = 255;

/** Tables host_agent, agent_seed and agent_seed_state. */
export function createAgentStore(database: Database): AgentStore {
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
  const seedColumns = `agent_seed_id, target_hostname, source_hostname, is_complete, is_successful,
    ${dialect.timeText('start_timestamp')} as started, ${dialect.timeText('end_timestamp')} as ended`;
  const failSeed: AgentStore['failSeed'] = (seedId, action, reason) =>
    database.transaction(async (session) => {
      const { changes } = await session.run(
        `update agent_seed set is_complete = 1, is_successful = 0, end_timestamp = ${dialect.now}
         where agent_seed_id = ? and is_complete = 0`,
        [seedId],
      );
      if (changes === 0) return false;
      await session.run(
        `insert into agent_seed_state (agent_seed_id, state_timestamp, state_action, error_message)
         values (?, ${dialect.now}, ?, ?)`,
        [seedId, action.slice(0, ACTION_CHARACTERS), reason.slice(0, ERROR_CHARACTERS)],
      );
      return true;
    });
  return {
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
        `update host_agent set last_checked = ${dialect.now}, last_seen = ${dialect.now}, mysql_port = ?,
           count_mysql_snapshots = ? where hostname = ?`,
        [mysqlPort, countSnapshots, hostname],
      );
    },

    async readSeeds({ seedId, hostname, isActive }) {
      const where: string[] = ['1 = 1'];
      const values: SqlValue[] = [];
      if (seedId !== undefined) {
        where.push('agent_seed_id = ?');
        values.push(seedId);
      }
      if (hostname !== undefined) {
        where.push('(target_hostname = ? or source_hostname = ?)');
        values.push(hostname, hostname);
      }
      if (isActive !== undefined) {
        where.push('is_complete = ?');
        values.push(isActive ? 0 : 1);
      }
      const rows = await database.all(
        `select ${seedColumns} from agent_seed where ${where.join(' and ')} order by agent_seed_id desc limit ${MOST_SEEDS}`,
        values,
      );
      return rows.map((row) => ({
        seedId: number(row, 'agent_seed_id'),
        targetHostname: text(row, 'target_hostname'),
        sourceHostname: text(row, 'source_hostname'),
        startedAt: text(row, 'started'),
        endedAt: text(row, 'ended'),
        isComplete: flag(row, 'is_complete'),
        isSuccessful: flag(row, 'is_successful'),
      }));
    },

    async readSeedStates(seedId) {
      const rows = await database.all(
        `select agent_seed_state_id, agent_seed_id, ${dialect.timeText('state_timestamp')} as at, state_action, error_message
         from agent_seed_state where agent_seed_id = ? order by agent_seed_state_id desc`,
        [seedId],
      );
      return rows.map((row) => ({
        stateId: number(row, 'agent_seed_state_id'),
        seedId: number(row, 'agent_seed_id'),
        at: text(row, 'at'),
        action: text(row, 'state_action'),
        errorMessage: text(row, 'error_message'),
      }));
    },

    failSeed,

    async expire(unseenHours, staleSeedMinutes) {
      await database.run(`delete from host_agent where last_submitted < ${dialect.secondsAgo}`, [unseenHours * 3600]);
      const silent = staleSeedMinutes * 60;
      const stale = await database.all(
        `select agent_seed_id from agent_seed where is_complete = 0 and start_timestamp < ${dialect.secondsAgo}
           and not exists (select 1 from agent_seed_state s
             where s.agent_seed_id = agent_seed.agent_seed_id and s.state_timestamp >= ${dialect.secondsAgo})`,
        [silent, silent],
      );
      for (const row of stale) await failSeed(number(row, 'agent_seed_id'), 'stale', 'no news for too long');
    },
  };
}
