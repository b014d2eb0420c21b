import type { KvClaim, KvStore } from '../../engine/ports.ts';
import { type Database, insertText, type Session, type SqlRow } from '../database.ts';
import type { OwnChanges } from '../own-changes.ts';
import { keyOf, number, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

/** Tables kv_store (what is published), orchestrator_kv_claim (by whose word) and hostname_ips. */
export function createKvStore(database: Database, ownChanges: OwnChanges): KvStore {
  const { dialect } = database;
  const now = { name: 'last_updated', value: dialect.now };
  const putSql = insertText(dialect.upsert('kv_store', [...bound('store_key', 'store_value'), now], ['store_key']));
  const saveSql = insertText(dialect.upsert('hostname_ips', [...bound('hostname', 'ipv4', 'ipv6'), now], ['hostname']));
  const claimColumns = bound('alias', 'hostname', 'port', 'epoch');
  const claimSql = insertText(dialect.upsert('orchestrator_kv_claim', claimColumns, ['alias']));
  // Changes nothing where there is a row: it takes the lock on it, so that two claims go one after the other.
  const lockSql = insertText(
    dialect.upsert('orchestrator_kv_claim', claimColumns, ['alias'], 'epoch = orchestrator_kv_claim.epoch'),
  );

  return {
    async get(key) {
      const [row] = await database.all('select store_value from kv_store where store_key = ?', [key]);
      return row === undefined ? null : text(row, 'store_value');
    },
    async put(key, value) {
      await database.run(putSql, [key, value]);
    },
    async all() {
      const rows = await database.all('select store_key, store_value from kv_store order by store_key');
      return new Map(rows.map((row) => [text(row, 'store_key'), text(row, 'store_value')]));
    },
    async readClaims() {
      const rows = await database.all(`${SELECT_CLAIM} where hostname <> '' order by alias`);
      return rows.map(claimOf);
    },
    readClaim: (alias) => readClaim(database, alias),
    async claim(claim, pairs, mayReplace) {
      const isTaken = await database.transaction(async (session) => {
        await session.run(lockSql, [claim.alias, '', 0, 0]);
        if (!mayReplace(await readClaim(session, claim.alias))) return false;
        await session.run(claimSql, [claim.alias, claim.primary.hostname, claim.primary.port, claim.epoch]);
        for (const { key, value } of pairs) await session.run(putSql, [key, value]);
        return true;
      });
      if (isTaken) ownChanges.add();
      return isTaken;
    },
    async readAddresses(hostname) {
      const [row] = await database.all('select ipv4, ipv6 from hostname_ips where hostname = ?', [hostname]);
      return row === undefined ? null : { ipv4: text(row, 'ipv4'), ipv6: text(row, 'ipv6') };
    },
    async saveAddresses(hostname, { ipv4, ipv6 }) {
      await database.run(saveSql, [hostname, ipv4, ipv6]);
    },
  };
}

const SELECT_CLAIM = 'select alias, hostname, port, epoch from orchestrator_kv_claim';

/** A row without a host is only a lock that was taken. */
async function readClaim(session: Session, alias: string): Promise<KvClaim | null> {
  const [row] = await session.all(`${SELECT_CLAIM} where alias = ? and hostname <> ''`, [alias]);
  return row === undefined ? null : claimOf(row);
}

const claimOf = (row: SqlRow): KvClaim => ({
  alias: text(row, 'alias'),
  primary: keyOf(row),
  epoch: number(row, 'epoch'),
});
