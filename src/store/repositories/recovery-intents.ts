import type { DeposedPrimary, FoundPrimary, RecoveryIntent, RecoveryPhase, RecoveryStore } from '../../engine/ports.ts';
import { LIVE_PRIMARY, RECOVERY_PHASES } from '../../engine/ports.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { type Database, insertText, type SqlRow } from '../database.ts';
import type { OwnChanges } from '../own-changes.ts';
import { flag, jsonOfKeys, keyIn, keyOf, keysOfJson, number, numberOrNull, text, textOrNull } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

type IntentMethods = Pick<
  RecoveryStore,
  'saveIntent' | 'readOpenIntents' | 'closeIntent' | 'claimIntent' | 'saveDeposed' | 'readDeposed' | 'removeDeposed'
>;

/** Our own tables: what a recovery is about to do, and which primaries were deposed. */
export function createRecoveryIntents(database: Database, ownChanges: OwnChanges): IntentMethods {
  const saveIntent = insertText(
    database.dialect.upsert('orchestrator_recovery_intent', bound(...INTENT_COLUMNS), ['uid']),
  );
  const saveDeposed = insertText(
    database.dialect.upsert('orchestrator_deposed_primary', bound(...DEPOSED_COLUMNS), ['hostname', 'port']),
  );
  return {
    async saveIntent(intent) {
      await database.run(saveIntent, [
        intent.uid,
        intent.recoveryId,
        intent.epoch,
        intent.clusterName,
        intent.failed.hostname,
        intent.failed.port,
        intent.failedServerUuid,
        intent.failedServerId,
        intent.phase,
        intent.owner,
        ...keyValues(intent.successor),
        Number(intent.isForced),
        ...keyValues(intent.candidate),
        intent.command,
        Number(intent.skipHooks),
        intent.livePrimary,
        intent.foundPrimary === null ? '' : JSON.stringify(intent.foundPrimary),
        jsonOfRest(intent),
        intent.rested === undefined ? null : jsonOfKeys(intent.rested),
        intent.binlogServers === undefined ? null : JSON.stringify(intent.binlogServers),
        intent.pair === undefined ? null : JSON.stringify(intent.pair),
        jsonOfKeys(intent.members),
        intent.updatedAtMs,
      ]);
    },
    async readOpenIntents() {
      const rows = await database.all('select * from orchestrator_recovery_intent order by recovery_id');
      return rows.map(intentOf);
    },
    async closeIntent(uid) {
      await database.run('delete from orchestrator_recovery_intent where uid = ?', [uid]);
    },
    async claimIntent(uid, from, to) {
      return database.transaction(async (session) => {
        const { forUpdate } = session.dialect;
        const open = `select * from orchestrator_recovery_intent where uid = ? and owner = ?${forUpdate}`;
        const [row] = await session.all(open, [uid, from]);
        if (row === undefined) return null;
        await session.run('update orchestrator_recovery_intent set owner = ? where uid = ?', [to, uid]);
        return { ...intentOf(row), owner: to };
      });
    },
    async saveDeposed(deposed) {
      await database.run(saveDeposed, [
        deposed.key.hostname,
        deposed.key.port,
        deposed.serverUuid,
        deposed.serverId,
        deposed.clusterName,
        deposed.epoch,
        ...keyValues(deposed.successor),
        ...keyValues(deposed.source),
        jsonOfRest(deposed),
        deposed.deposedAtMs,
        deposed.fencedAtMs,
      ]);
      ownChanges.add();
    },
    async readDeposed() {
      const rows = await database.all('select * from orchestrator_deposed_primary order by hostname, port');
      return rows.map(deposedOf);
    },
    async removeDeposed(key) {
      const sql = 'delete from orchestrator_deposed_primary where hostname = ? and port = ?';
      await database.run(sql, [key.hostname, key.port]);
      ownChanges.add();
    },
  };
}

const INTENT_COLUMNS = [
  'uid',
  'recovery_id',
  'epoch',
  'cluster_name',
  'hostname',
  'port',
  'failed_server_uuid',
  'failed_server_id',
  'phase',
  'owner',
  'successor_hostname',
  'successor_port',
  'is_forced',
  'candidate_hostname',
  'candidate_port',
  'command',
  'skip_hooks',
  'live_primary',
  'found_primary',
  'successor_rest',
  'rested',
  'binlog_servers',
  'pair',
  'members',
  'updated_at_ms',
];

const DEPOSED_COLUMNS = [
  'hostname',
  'port',
  'server_uuid',
  'server_id',
  'cluster_name',
  'epoch',
  'successor_hostname',
  'successor_port',
  'source_hostname',
  'source_port',
  'successor_rest',
  'deposed_at_ms',
  'fenced_at_ms',
];

const keyValues = (key: InstanceKey | null) => [key?.hostname ?? null, key?.port ?? null];

/** A phase of another version is taken as one that cannot be called off any more. */
const phaseOf = (name: string): RecoveryPhase => RECOVERY_PHASES.find((phase) => phase === name) ?? 'promoting';

/** '' in a row of an earlier version, or where nothing was closed. */
const foundPrimaryOf = (json: string): FoundPrimary | null => (json === '' ? null : (JSON.parse(json) as FoundPrimary));

type Rested = Pick<RecoveryIntent, 'successorRest'>;

/** '' where it is not known. */
const jsonOfRest = ({ successorRest }: Rested): string =>
  successorRest === undefined ? '' : JSON.stringify(successorRest);

const restOf = (json: string): Rested =>
  json === '' ? {} : { successorRest: JSON.parse(json) as NonNullable<RecoveryIntent['successorRest']> };

/** null in a row of an earlier version. */
const restedOf = (json: string | null): Pick<RecoveryIntent, 'rested'> =>
  json === null ? {} : { rested: keysOfJson(json) };

/** null where there are none, and in a row of an earlier version. */
const binlogServersOf = (json: string | null): Pick<RecoveryIntent, 'binlogServers'> =>
  json === null ? {} : { binlogServers: JSON.parse(json) as NonNullable<RecoveryIntent['binlogServers']> };

const pairOf = (json: string | null): Pick<RecoveryIntent, 'pair'> =>
  json === null ? {} : { pair: JSON.parse(json) as NonNullable<RecoveryIntent['pair']> };

const intentOf = (row: SqlRow): RecoveryIntent => ({
  uid: text(row, 'uid'),
  recoveryId: number(row, 'recovery_id'),
  epoch: number(row, 'epoch'),
  clusterName: text(row, 'cluster_name'),
  failed: keyOf(row),
  failedServerUuid: textOrNull(row, 'failed_server_uuid'),
  failedServerId: number(row, 'failed_server_id'),
  phase: phaseOf(text(row, 'phase')),
  owner: text(row, 'owner'),
  successor: keyIn(row, 'successor_hostname', 'successor_port'),
  isForced: flag(row, 'is_forced'),
  candidate: keyIn(row, 'candidate_hostname', 'candidate_port'),
  command: text(row, 'command'),
  skipHooks: flag(row, 'skip_hooks'),
  // A row of an earlier version knows only the first.
  livePrimary: LIVE_PRIMARY.find((one) => one === text(row, 'live_primary')) ?? 'call-off',
  foundPrimary: foundPrimaryOf(text(row, 'found_primary')),
  ...restOf(text(row, 'successor_rest')),
  ...restedOf(textOrNull(row, 'rested')),
  ...binlogServersOf(textOrNull(row, 'binlog_servers')),
  ...pairOf(textOrNull(row, 'pair')),
  members: keysOfJson(text(row, 'members')),
  updatedAtMs: number(row, 'updated_at_ms'),
});

const deposedOf = (row: SqlRow): DeposedPrimary => ({
  key: keyOf(row),
  serverUuid: textOrNull(row, 'server_uuid'),
  serverId: number(row, 'server_id'),
  clusterName: text(row, 'cluster_name'),
  epoch: number(row, 'epoch'),
  successor: keyIn(row, 'successor_hostname', 'successor_port'),
  source: keyIn(row, 'source_hostname', 'source_port'),
  ...restOf(text(row, 'successor_rest')),
  deposedAtMs: number(row, 'deposed_at_ms'),
  fencedAtMs: numberOrNull(row, 'fenced_at_ms'),
});
