import { vocabularyOf } from '../../lab/flavour.ts';
import type { Flavour, LabServer } from '../../lab/index.ts';

/** The replica connects to its source by another name or address of the machine from now on; returns before it has. */
export async function connectBy(flavour: Flavour, replica: LabServer, host: string): Promise<void> {
  const { startReplica, stopReplica } = vocabularyOf(flavour);
  const changeSource =
    flavour === 'mysql-9.7'
      ? `CHANGE REPLICATION SOURCE TO SOURCE_HOST='${host}'`
      : `CHANGE MASTER TO MASTER_HOST='${host}'`;
  for (const statement of [stopReplica, changeSource, startReplica]) await replica.query(statement);
}

/** The name by which a replica connects to its source, as it is configured. */
export async function sourceHostOf(replica: LabServer): Promise<string> {
  const status = await replica.replicaStatus();
  return String(status?.Source_Host ?? status?.Master_Host);
}
