import type { PoolStore } from '../../../engine/ports.ts';
import { formatKey, type InstanceKey } from '../../../model/instance-key.ts';
import type { Database, SqlRow } from '../../database.ts';
import { keyOf, text } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';
import { requireFit } from './write.ts';

/** Table database_instance_pool. */
export function createPools(database: Database): PoolStore {
  const { dialect } = database;
  const columns = [...bound('hostname', 'port', 'pool'), { name: 'registered_at', value: dialect.now }];
  const register = dialect.upsert('database_instance_pool', columns, ['hostname', 'port', 'pool']);
  return {
    async submitPool(pool, keys) {
      requireFit('pool name', pool);
      const members = new Map(keys.map((key) => [formatKey(key), key]));
      await database.transaction(async (session) => {
        // New ones first: two nodes that submit one pool at the same time then see each other's rows, and one of the lists stands.
        await session.runForRows(
          register,
          [...members.values()].map((key) => [key.hostname, key.port, pool]),
        );
        const sql = `select hostname, port from database_instance_pool where pool = ?${dialect.forUpdate}`;
        for (const key of (await session.all(sql, [pool])).map(keyOf)) {
          if (members.has(formatKey(key))) continue;
          await session.run('delete from database_instance_pool where hostname = ? and port = ? and pool = ?', [
            key.hostname,
            key.port,
            pool,
          ]);
        }
      });
    },
    async readPools() {
      const rows = await database.all(
        'select pool, hostname, port from database_instance_pool order by pool, hostname, port',
      );
      return poolsIn(rows);
    },
  };
}

/** Pool → members, both in the order of the rows. A pool may have as many as fit into a request: each row costs the same. */
export function poolsIn(rows: readonly SqlRow[]): ReadonlyMap<string, readonly InstanceKey[]> {
  const pools = new Map<string, InstanceKey[]>();
  for (const row of rows) {
    const name = text(row, 'pool');
    const members = pools.get(name);
    if (members === undefined) pools.set(name, [keyOf(row)]);
    else members.push(keyOf(row));
  }
  return pools;
}
