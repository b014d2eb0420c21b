import { formatKey, type InstanceKey } from '../../../model/instance-key.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import { virtualAddressOf } from '../../../model/virtual-name.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';

/**
 * By which virtual names replicas are to address those servers of a recovery that answered (FailoverInput.addresses). Each is made sure
 * of once; a name that leads elsewhere is told of, and does not hold up the recovery: replicas are told the server's own. Whoever ordered it
 * may have wished for no such names (-skip-unresolve), or for no check (-skip-unresolve-check).
 */
export async function addressesOf(
  run: RecoveryRun,
  records: readonly ServerRecord[],
  fresh: ReadonlySet<string>,
  { verifyName, audit }: Pick<DeadPrimaryDeps, 'verifyName' | 'audit'>,
): Promise<ReadonlyMap<string, InstanceKey>> {
  if (run.manner?.ignoresVirtualNames === true) return new Map();
  run.names ??= new Map();
  const { names } = run;
  const verified = async (record: ServerRecord): Promise<InstanceKey | null> => {
    const objection = run.manner?.trustsVirtualNames === true ? null : await verifyName(record);
    if (objection === null) return virtualAddressOf(record);
    audit(run, `${objection}; replicas are told its own name`);
    return null;
  };
  const found = new Map<string, InstanceKey>();
  const named = records.filter((record) => virtualAddressOf(record) !== null && fresh.has(formatKey(record.key)));
  await Promise.all(
    named.map(async (record) => {
      const name = formatKey(record.key);
      const known = names.get(name) ?? verified(record);
      names.set(name, known);
      const address = await known;
      if (address !== null) found.set(name, address);
    }),
  );
  return found;
}
