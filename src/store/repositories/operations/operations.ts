import type { OperationRecord, OperationStore } from '../../../engine/ports.ts';
import { type Database, insertText, type SqlRow } from '../../database.ts';
import { number, parseJson, text } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';

/** Our own table orchestrator_operation: moves under way, and what a process that died left half done. A closed one is deleted. */
export function createOperationStore(database: Database): OperationStore {
  const save = insertText(database.dialect.upsert('orchestrator_operation', bound(...COLUMNS), ['uid']));
  return {
    async save(operation) {
      await database.run(save, [
        operation.uid,
        operation.clusterName,
        operation.purpose,
        operation.requestedBy,
        operation.owner,
        operation.requestJson,
        operation.planJson,
        operation.journalJson,
        JSON.stringify(operation.maintenanceIds),
        operation.startedAtMs,
      ]);
    },
    async saveJournal(uid, journalJson) {
      await database.run('update orchestrator_operation set journal_json = ? where uid = ?', [journalJson, uid]);
    },
    async readOpen() {
      const rows = await database.all('select * from orchestrator_operation order by started_at_ms, uid');
      return rows.map(operationOf);
    },
    async claim(uid, from, to) {
      return database.transaction(async (session) => {
        const { forUpdate } = session.dialect;
        const open = `select * from orchestrator_operation where uid = ? and owner = ?${forUpdate}`;
        const [row] = await session.all(open, [uid, from]);
        if (row === undefined) return null;
        await session.run('update orchestrator_operation set owner = ? where uid = ?', [to, uid]);
        return { ...operationOf(row), owner: to };
      });
    },
    async close(uid) {
      await database.run('delete from orchestrator_operation where uid = ?', [uid]);
    },
  };
}

const COLUMNS = [
  'uid',
  'cluster_name',
  'purpose',
  'requested_by',
  'owner',
  'request_json',
  'plan_json',
  'journal_json',
  'maintenance_ids',
  'started_at_ms',
];

const operationOf = (row: SqlRow): OperationRecord => ({
  uid: text(row, 'uid'),
  clusterName: text(row, 'cluster_name'),
  purpose: text(row, 'purpose'),
  requestedBy: text(row, 'requested_by'),
  owner: text(row, 'owner'),
  requestJson: text(row, 'request_json'),
  planJson: text(row, 'plan_json'),
  journalJson: text(row, 'journal_json'),
  maintenanceIds: idsOf(text(row, 'maintenance_ids')),
  startedAtMs: number(row, 'started_at_ms'),
});

function idsOf(json: string): number[] {
  const ids = parseJson(json);
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'number') : [];
}
