import type { AuditStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import { keyOf, number, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';
import { conditions, page, whereClause } from './recovery-reading.ts';

export interface AuditSettings {
  /** AuditToBackendDB: without it nothing is written to table audit. */
  readonly auditToBackendDb: boolean;
}

/** Table audit, and the history of analyses per server. */
export function createAuditStore(database: Database, settings: AuditSettings): AuditStore {
  const { dialect } = database;
  const saveAnalysis = insertText(
    dialect.upsert(
      'database_instance_last_analysis',
      [...bound('hostname', 'port', 'analysis'), { name: 'analysis_timestamp', value: dialect.now }],
      ['hostname', 'port'],
    ),
  );
  return {
    async write(type, key, clusterName, message) {
      if (!settings.auditToBackendDb) return;
      await database.run(
        `insert into audit (audit_timestamp, audit_type, hostname, port, cluster_name, message) values (${dialect.now}, ?, ?, ?, ?, ?)`,
        [type.slice(0, 128), key?.hostname ?? '', key?.port ?? 0, clusterName, message],
      );
    },

    async read(filter) {
      const { where, values } = conditions(filter, 'audit_id');
      const rows = await database.all(
        `select audit_id, ${dialect.timeText('audit_timestamp')} as at, audit_type, hostname, port, cluster_name, message
         from audit ${whereClause(where)} order by audit_id desc ${page(filter)}`,
        values,
      );
      return rows.map((row) => ({
        auditId: number(row, 'audit_id'),
        at: text(row, 'at'),
        type: text(row, 'audit_type'),
        key: keyOf(row),
        clusterName: text(row, 'cluster_name'),
        message: text(row, 'message'),
      }));
    },

    async readAnalysisChanges() {
      const rows = await database.all(
        `select hostname, port, ${dialect.timeText('analysis_timestamp')} as at, analysis
         from database_instance_analysis_changelog order by hostname, port, changelog_id`,
      );
      return rows.map((row) => ({ key: keyOf(row), at: text(row, 'at'), analysis: text(row, 'analysis') }));
    },

    async recordAnalysisChange(key, analysis) {
      const where = [key.hostname, key.port];
      await database.transaction(async (session) => {
        const [last] = await session.all(
          `select analysis from database_instance_last_analysis where hostname = ? and port = ?${dialect.forUpdate}`,
          where,
        );
        if (last !== undefined && text(last, 'analysis') === analysis) return;
        await session.run(saveAnalysis, [...where, analysis]);
        // Historic: that a new server is well is no change.
        if (last === undefined && analysis === 'NoProblem') return;
        await session.run(
          `insert into database_instance_analysis_changelog (hostname, port, analysis_timestamp, analysis) values (?, ?, ${dialect.now}, ?)`,
          [...where, analysis],
        );
      });
    },
  };
}
