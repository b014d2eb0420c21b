import type { IntentStore } from '../../../engine/ports.ts';
import { type Database, insertText } from '../../database.ts';
import { keyOf, text } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';
import type { Write } from './write.ts';

export interface CandidateSettings {
  /** CandidateInstanceExpireMinutes. */
  readonly candidateExpireMinutes: number;
}

/** Table candidate_database_instance: promotion rules, which expire. */
export function createCandidates(
  database: Database,
  settings: CandidateSettings,
  write: Write,
): Pick<IntentStore, 'registerCandidate' | 'readCandidates'> {
  const { dialect } = database;
  const columns = [
    ...bound('hostname', 'port', 'priority', 'promotion_rule'),
    { name: 'last_suggested', value: dialect.now },
  ];
  const upsert = insertText(dialect.upsert('candidate_database_instance', columns, ['hostname', 'port']));
  return {
    async registerCandidate(key, rule) {
      await write((session) => session.run(upsert, [key.hostname, key.port, 1, rule]));
    },
    async readCandidates() {
      const rows = await database.all(
        `select hostname, port, promotion_rule, ${dialect.timeText('last_suggested')} as suggested
         from candidate_database_instance order by hostname, port`,
      );
      return rows.map((row) => ({
        key: keyOf(row),
        promotionRule: text(row, 'promotion_rule'),
        lastSuggestedAt: text(row, 'suggested'),
        expiresAt: minutesAfter(text(row, 'suggested'), settings.candidateExpireMinutes),
      }));
    },
  };
}

/** `YYYY-MM-DD HH:MM:SS`, so many minutes later in the same zone; what is no time stays as it is. */
function minutesAfter(time: string, minutes: number): string {
  const ms = Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`);
  if (Number.isNaN(ms)) return time;
  return new Date(ms + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}
