import type { SeedRecord, SeedStore } from '../../engine/ports.ts';
import type { Database, Session, SqlRow, SqlValue } from '../database.ts';
import { flag, number, text } from '../rows/values.ts';

const MOST_SEEDS = 100;
/** Lengths of agent_seed_state's columns. */
const ACTION_CHARACTERS = 127;
const ERROR_CHARACTERS = 255;

/** The first characters of a text; a pair of surrogates is not cut in two. */
const cut = (value: string, characters: number): string => [...value].slice(0, characters).join('');

/** Tables agent_seed and agent_seed_state. */
export function createSeedStore(database: Database): SeedStore {
  const { dialect } = database;
  const columns = `agent_seed_id, target_hostname, source_hostname, is_complete, is_successful,
    ${dialect.timeText('start_timestamp')} as started, ${dialect.timeText('end_timestamp')} as ended`;
  const seedOf = (row: SqlRow): SeedRecord => ({
    seedId: number(row, 'agent_seed_id'),
    targetHostname: text(row, 'target_hostname'),
    sourceHostname: text(row, 'source_hostname'),
    startedAt: text(row, 'started'),
    endedAt: text(row, 'ended'),
    isComplete: flag(row, 'is_complete'),
    isSuccessful: flag(row, 'is_successful'),
  });

  const addState = (session: Session, seedId: number, action: string, reason: string, where = '') =>
    session.run(
      `insert into agent_seed_state (agent_seed_id, state_timestamp, state_action, error_message)
       select agent_seed_id, ${dialect.now}, ?, ? from agent_seed where agent_seed_id = ? ${where}`,
      [cut(action, ACTION_CHARACTERS), cut(reason, ERROR_CHARACTERS), seedId],
    );

  const end = (seedId: number, isSuccessful: boolean, action: string, reason: string): Promise<boolean> =>
    database.transaction(async (session) => {
      const { changes } = await session.run(
        `update agent_seed set is_complete = 1, is_successful = ?, end_timestamp = ${dialect.now}
         where agent_seed_id = ? and is_complete = 0`,
        [Number(isSuccessful), seedId],
      );
      if (changes === 0) return false;
      await addState(session, seedId, action, reason);
      return true;
    });

  return {
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
        `select ${columns} from agent_seed where ${where.join(' and ')} order by agent_seed_id desc limit ${MOST_SEEDS}`,
        values,
      );
      return rows.map(seedOf);
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

    beginSeed: (targetHostname, sourceHostname) =>
      database.transaction(async (session) => {
        const hosts = [targetHostname, sourceHostname];
        // MySQL at read committed would let two inserts pass each other; the rows of the two agents are their lock.
        await session.all(
          `select hostname from host_agent where hostname in (?, ?) order by hostname${dialect.forUpdate}`,
          hosts,
        );
        const [other] = await session.all(
          `select ${columns} from agent_seed
           where is_complete = 0 and (target_hostname in (?, ?) or source_hostname in (?, ?)) order by agent_seed_id`,
          [...hosts, ...hosts],
        );
        if (other !== undefined) return { kind: 'busy', other: seedOf(other) };
        const { insertId } = await session.run(
          `insert into agent_seed (target_hostname, source_hostname, start_timestamp, is_complete, is_successful)
           values (?, ?, ${dialect.now}, 0, 0)`,
          hosts,
        );
        return { kind: 'begun', seedId: insertId };
      }),

    async addSeedState(seedId, action, options = { evenIfClosed: false }) {
      const where = options.evenIfClosed ? '' : 'and is_complete = 0';
      const { changes, insertId } = await addState(database, seedId, action, '', where);
      return changes === 0 ? null : insertId;
    },

    async noteSeedError(stateId, message) {
      await database.run('update agent_seed_state set error_message = ? where agent_seed_state_id = ?', [
        cut(message, ERROR_CHARACTERS),
        stateId,
      ]);
    },

    completeSeed: (seedId, action) => end(seedId, true, action, ''),
    failSeed: (seedId, action, reason) => end(seedId, false, action, reason),

    async failStaleSeeds(staleSeedMinutes) {
      const silent = staleSeedMinutes * 60;
      const stale = await database.all(
        `select ${columns} from agent_seed where is_complete = 0 and start_timestamp < ${dialect.secondsAgo}
           and not exists (select 1 from agent_seed_state s
             where s.agent_seed_id = agent_seed.agent_seed_id and s.state_timestamp >= ${dialect.secondsAgo})`,
        [silent, silent],
      );
      const failed: SeedRecord[] = [];
      for (const seed of stale.map(seedOf)) {
        if (await end(seed.seedId, false, 'stale', 'no news for too long')) failed.push(seed);
      }
      return failed;
    },
  };
}
