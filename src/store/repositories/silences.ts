import type { SilenceStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import { flag, jsonOfKeys, keyIn, keyOf, keysOfJson, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

const COLUMNS = [
  'hostname',
  'port',
  'source_hostname',
  'source_port',
  'others',
  'is_receiver_stopped',
  'is_applier_stopped',
  'noted_at_ms',
];

/** Our own table orchestrator_silence: replicas that we stopped for a time. */
export function createSilenceStore(database: Database): SilenceStore {
  const note = insertText(database.dialect.upsert('orchestrator_silence', bound(...COLUMNS), ['hostname', 'port']));
  return {
    async note({ key, source, others, isReceiverStopped, isApplierStopped, notedAtMs }) {
      await database.run(note, [
        key.hostname,
        key.port,
        source.hostname,
        source.port,
        jsonOfKeys(others),
        Number(isReceiverStopped),
        Number(isApplierStopped),
        notedAtMs,
      ]);
    },
    async forget({ hostname, port }) {
      await database.run('delete from orchestrator_silence where hostname = ? and port = ?', [hostname, port]);
    },
    async read() {
      const rows = await database.all('select * from orchestrator_silence order by hostname, port');
      return rows.map((row) => ({
        key: keyOf(row),
        source: keyIn(row, 'source_hostname', 'source_port') ?? keyOf(row),
        others: keysOfJson(text(row, 'others')),
        isReceiverStopped: flag(row, 'is_receiver_stopped'),
        isApplierStopped: flag(row, 'is_applier_stopped'),
        notedAtMs: Number(row.noted_at_ms),
      }));
    },
  };
}
