import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { OperationInput, OperationPlan } from './input.ts';

const isFiltered = (record: ServerRecord | undefined): boolean => record?.instance?.replication?.hasFilters === true;

/**
 * What is said of replicas without replication filters that come below a server with some. Historically nobody is kept from it
 * unless VerifyReplicationFilters says so; but the rows that are left out are missing there from then on, and no error tells of it.
 */
export function filterNotes({ effects }: OperationPlan, { records }: OperationInput): readonly string[] {
  const recordOf = (key: ServerRecord['key']) => records.find((record) => sameKey(record.key, key));
  return effects.flatMap((effect) => {
    if (effect.kind !== 'source' || effect.source === null) return [];
    const { server, source } = effect;
    const below = recordOf(server);
    const now = below?.instance?.replication?.source;
    if ((now !== undefined && sameKey(now, source)) || isFiltered(below) || !isFiltered(recordOf(source))) return [];
    const [name, above] = [formatKey(server), formatKey(source)];
    return [
      `beware: ${above} has replication filters, and ${name} has none: what they leave out will be missing on ${name} (VerifyReplicationFilters forbids this)`,
    ];
  });
}
