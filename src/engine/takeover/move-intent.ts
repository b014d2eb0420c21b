import { messageOf } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerTrouble } from '../executor/run-plan.ts';
import type { IntentStore, Logger } from '../ports.ts';
import { noteDomainWriter } from '../recovery/domain-writer.ts';
import { type ClusterIdentity, type IsOfAnother, ownIdentity } from '../recovery/own-identity.ts';

export interface MoveIntentDeps {
  readonly intent: Pick<IntentStore, 'renameCluster' | 'setClusterAlias' | 'endDowntime' | 'putAttribute'>;
  readonly logger: Logger;
  /** The alias is published for another cluster. */
  readonly isAliasOfAnother: IsOfAnother;
  onIntentChanged(): Promise<void>;
}

/**
 * Aliases follow to the cluster's new name, and the successor is not downtimed any more; nobody is lost. Never rejects: the
 * successor takes writes already, and what else there is to be told must be told. Returns what could not be written, with the remedy.
 */
export async function moveIntent(
  former: ClusterIdentity & { readonly key: InstanceKey },
  successor: InstanceKey,
  { intent, logger, isAliasOfAnother, onIntentChanged }: MoveIntentDeps,
): Promise<readonly ServerTrouble[]> {
  const { clusterName } = former;
  let own: ClusterIdentity = former;
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
  await attempt(
    `it could not be asked whose alias ${former.clusterAlias} is`,
    'it is taken for that of this cluster',
    async () => {
      own = await ownIdentity(former, successor, isAliasOfAnother);
    },
  );
  const { clusterAlias } = own;
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
  await attempt(
    'the writer of its domain could not be noted',
    `note it by set-heuristic-domain-instance -i ${after}`,
    () => noteDomainWriter(intent, own, successor),
  );
  await attempt(`a downtime of ${after} could not be ended`, `if it has one: end-downtime -i ${after}`, () =>
    intent.endDowntime(successor),
  );
  await attempt('what people decided could not be read again', 'it is read every half second', onIntentChanged);
  return troubles;
}
