import { heirOf } from '../../model/incumbent.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Session } from '../database.ts';
import { keyIn, keyOf, text } from '../rows/values.ts';

/**
 * Who stands published under each alias: the server of the claim, or who replaced it since. One statement, as every command asks it.
 * A row without a host is only a lock that was taken.
 */
export async function readPublished(session: Session): Promise<ReadonlyMap<string, InstanceKey>> {
  const rows = await session.all(
    `select alias, hostname, port, null as successor_hostname, null as successor_port
     from orchestrator_kv_claim where hostname <> ''
     union all
     select null, hostname, port, successor_hostname, successor_port from orchestrator_deposed_primary`,
  );
  const isClaim = (row: (typeof rows)[number]): boolean => row.alias !== null;
  const replaced = rows
    .filter((row) => !isClaim(row))
    .map((row) => ({ key: keyOf(row), successor: keyIn(row, 'successor_hostname', 'successor_port') }));
  return new Map(rows.filter(isClaim).map((row) => [text(row, 'alias'), heirOf(keyOf(row), replaced)]));
}
