import { messageOf } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerTrouble } from '../executor/run-plan.ts';
import type { IntentStore, Logger } from '../ports.ts';

export interface MoveIntentDeps {
  readonly intent: Pick<IntentStore, 'renameCluster' | 'setClusterAlias' | 'endDowntime'>;
  readonly logger: Logger;
  onIntentChanged(): Promise<void>;
}

/** The cluster as it was before. */
interface FormerCluster {
  readonly clusterName: string;
  readonly clusterAlias: string;
}

/**
 * Aliases follow to the cluster's new name, and the successor is not downtimed any more; nobody is lost. Never rejects: the
 * successor takes writes already, and what else there is to be told must be told. Returns what could not be written, with the remedy.
 */
export async function moveIntent(
  { clusterName, clusterAlias }: FormerCluster,
  successor: InstanceKey,
  { intent, logger, onIntentChanged }: MoveIntentDeps,
): Promise<readonly ServerTrouble[]> {
  const after = formatKey(successor);
  const troubles: ServerTrouble[] = [];
  async function attempt(what: string, remedy: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      logger.error({ err: thrown, successor: after }, `after a takeover ${what}`);
      troubles.push({ server: successor, reason: `${what} (${messageOf(thrown)}); ${remedy}` });
    }
  }
  if (clusterName !== after)
    await attempt(
      `what is kept of cluster ${clusterName} could not be moved to its new name`,
      `look at its aliases and tags under ${after}`,
      () => intent.renameCluster(clusterName, after),
    );
  if (clusterAlias !== '' && clusterAlias !== clusterName)
    await attempt(
      `the alias ${clusterAlias} could not be given to cluster ${after}`,
      `give it again by the API path set-cluster-alias/${after}?alias=${clusterAlias}`,
      () => intent.setClusterAlias(after, clusterAlias),
    );
  await attempt(`a downtime of ${after} could not be ended`, `if it has one: end-downtime -i ${after}`, () =>
    intent.endDowntime(successor),
  );
  await attempt('what people decided could not be read again', 'it is read every half second', onIntentChanged);
  return troubles;
}
