import type { EquivalenceStore, PositionEquivalence } from '../../../engine/ports.ts';
import { type Database, insertText, type SqlValue } from '../../database.ts';
import { number, text } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';

/** Table master_position_equivalence: places in binary logs that mean the same. Relay logs come and go, and are not kept here. */
export function createEquivalenceStore(database: Database): EquivalenceStore {
  const { dialect } = database;
  const columns = [...bound(...placeColumns(1), ...placeColumns(2)), { name: 'last_suggested', value: dialect.now }];
  // One place means one place only in another server's log: the key leaves that place out.
  const key = [...placeColumns(1), ...placeColumns(2).slice(0, 2)];
  const save = insertText(dialect.upsert('master_position_equivalence', columns, key));
  const find = `select hostname, port, file, position, max(suggested) as suggested from (
      ${direction(1, 2)} union all ${direction(2, 1)}) as either
    group by hostname, port, file, position order by suggested desc, hostname, port, file, position`;
  return {
    async record(one, other) {
      if (one.coordinates.kind !== 'binlog' || other.coordinates.kind !== 'binlog') return;
      await database.run(save, [...valuesOf(one), ...valuesOf(other)]);
    },
    async forget({ hostname, port }) {
      await database.run(
        `delete from master_position_equivalence
         where (master1_hostname = ? and master1_port = ?) or (master2_hostname = ? and master2_port = ?)`,
        [hostname, port, hostname, port],
      );
    },
    async find(place) {
      if (place.coordinates.kind !== 'binlog') return [];
      const rows = await database.all(find, [...valuesOf(place), ...valuesOf(place)]);
      return rows.map((row) => ({
        key: { hostname: text(row, 'hostname'), port: number(row, 'port') },
        coordinates: { kind: 'binlog', file: text(row, 'file'), position: number(row, 'position') },
      }));
    },
  };
}

const placeColumns = (side: 1 | 2): string[] =>
  ['hostname', 'port', 'binary_log_file', 'binary_log_pos'].map((name) => `master${side}_${name}`);

const valuesOf = ({ key, coordinates }: PositionEquivalence): SqlValue[] => [
  key.hostname,
  key.port,
  coordinates.file,
  coordinates.position,
];

/** The places on side `to` of rows that have the given place on side `from`. */
const direction = (from: 1 | 2, to: 1 | 2): string => {
  const [hostname, port, file, position] = placeColumns(to);
  const where = placeColumns(from).map((name) => `${name} = ?`);
  return `select ${hostname} as hostname, ${port} as port, ${file} as file, ${position} as position, last_suggested as suggested
    from master_position_equivalence where ${where.join(' and ')}`;
};
