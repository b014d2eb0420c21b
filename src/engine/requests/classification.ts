import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { AuditStore, IntentStore, ServerStore } from '../ports.ts';
import { GENERAL_ATTRIBUTE_HOST } from '../ports.ts';
import { type ClassificationAnswers, type ClassificationAnswersDeps, domainOf } from './classification-answers.ts';

/** Which servers belong together, which are good for what, and what people say of that. */
export interface ClassificationUseCases extends ClassificationAnswers {
  /** Replaces the members of a pool; none empties it. */
  submitPool(pool: string, keys: readonly InstanceKey[]): Promise<void>;
  /** Names a cluster; wins over every other alias. @throws OrchestratorError `no-alias`. */
  setClusterAlias(clusterName: string, alias: string): Promise<void>;
  noteDomainInstance(clusterName: string): Promise<InstanceKey>;
  /** Copies what is known now into the history of topologies; how many servers. */
  snapshotTopologies(): Promise<number>;
}

export interface ClassificationDeps {
  readonly answers: ClassificationAnswers;
  readonly intent: IntentStore;
  readonly servers: Pick<ServerStore, 'snapshotTopologies'>;
  readonly auditLog: AuditStore;
  recordsOfCluster: ClassificationAnswersDeps['recordsOfCluster'];
  /** What is known reaches the backend first. */
  flush(): Promise<void>;
  onIntentChanged(): Promise<void>;
}

export function createClassification(deps: ClassificationDeps): ClassificationUseCases {
  const { answers, intent, auditLog } = deps;
  return {
    ...answers,
    submitPool: (pool, keys) => intent.submitPool(pool, keys),
    async setClusterAlias(clusterName, alias) {
      if (alias === '') throw new OrchestratorError('no-alias', 'No alias given; write ?alias=name');
      await intent.setClusterAliasOverride(clusterName, alias);
      await deps.onIntentChanged();
      await auditLog.write('set-cluster-alias', null, clusterName, alias);
    },
    async noteDomainInstance(clusterName) {
      const writer = answers.domainWriter(clusterName);
      await intent.putAttribute({
        hostname: GENERAL_ATTRIBUTE_HOST,
        name: domainOf(deps, clusterName),
        value: formatKey(writer),
      });
      return writer;
    },
    async snapshotTopologies() {
      await deps.flush();
      return deps.servers.snapshotTopologies();
    },
  };
}
