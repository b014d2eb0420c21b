import {
  type ControlReplicaSettings,
  controlReplicas,
  ghostReplicas,
  greatestLagSeconds,
  healthyMembers,
} from '../../model/control-replicas.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { isPrimaryRecord, type ServerRecord } from '../../model/server-record.ts';
import type { IntentStore } from '../ports.ts';
import { GENERAL_ATTRIBUTE_HOST } from '../ports.ts';

/** One server of one pool. */
export interface PoolMember {
  readonly pool: string;
  readonly key: InstanceKey;
}

/** Which servers belong together, and which are good for what. */
export interface ClassificationAnswers {
  /** Reads a comma list of host[:port]; with SupportFuzzyPoolHostnames each may be part of a name. @throws OrchestratorError `bad-instance-key`. */
  poolMembers(instances: string): Promise<readonly InstanceKey[]>;
  /** Members of all pools, by pool and server; those that are not known too. */
  pools(): Promise<readonly PoolMember[]>;
  /** Members of pools (or of the one named) that are servers of the cluster. */
  poolsOfCluster(clusterName: string, pool: string | null): Promise<readonly PoolMember[]>;
  /** Of these the servers that can be counted on, each once. */
  healthyPoolMembers(clusterName: string, pool: string | null): Promise<readonly ServerRecord[]>;
  /** The greatest lag among healthyPoolMembers, seconds. @throws OrchestratorError `empty-pool`. */
  poolLagSeconds(clusterName: string, pool: string | null): Promise<number>;
  /** Replicas whose lag an online schema change should watch. */
  controlReplicas(clusterName: string): readonly ServerRecord[];
  ghostReplicas(clusterName: string): readonly ServerRecord[];
  /** The server noted for the cluster's domain. @throws OrchestratorError `no-domain`, `no-domain-instance`. */
  domainInstance(clusterName: string): Promise<InstanceKey>;
  /** What noteDomainInstance would note: the cluster's writable primary. @throws OrchestratorError `no-domain`, `no-primary`. */
  domainWriter(clusterName: string): InstanceKey;
}

export interface ClassificationSettings extends ControlReplicaSettings {
  readonly defaultPort: number;
  /** SupportFuzzyPoolHostnames. */
  readonly supportFuzzyPoolHostnames: boolean;
}

export interface ClassificationAnswersDeps {
  readonly intent: Pick<IntentStore, 'readPools' | 'readAttributes'>;
  recordsOfCluster(clusterName: string): readonly ServerRecord[];
  /** Exact, resolved, or the one known server that the text is part of. */
  resolveKey(key: InstanceKey): Promise<InstanceKey>;
}

/** What is known of how servers are classified; writes nothing. */
export function createClassificationAnswers(
  deps: ClassificationAnswersDeps,
  settings: ClassificationSettings,
): ClassificationAnswers {
  const { intent } = deps;

  const pools = async (): Promise<readonly PoolMember[]> =>
    [...(await intent.readPools())].flatMap(([pool, keys]) => keys.map((key) => ({ pool, key })));

  async function poolsOfCluster(clusterName: string, pool: string | null): Promise<readonly PoolMember[]> {
    const members = new Set(deps.recordsOfCluster(clusterName).map(({ key }) => formatKey(key)));
    return (await pools()).filter((one) => (pool === null || one.pool === pool) && members.has(formatKey(one.key)));
  }

  async function healthyPoolMembers(clusterName: string, pool: string | null): Promise<readonly ServerRecord[]> {
    const pooled = new Set((await poolsOfCluster(clusterName, pool)).map(({ key }) => formatKey(key)));
    const records = deps.recordsOfCluster(clusterName).filter(({ key }) => pooled.has(formatKey(key)));
    return healthyMembers(records, settings);
  }

  function domainWriter(clusterName: string): InstanceKey {
    const domain = domainOf(deps, clusterName);
    const heads = deps.recordsOfCluster(clusterName).filter(isPrimaryRecord);
    const writer = heads.find(({ instance }) => instance !== null && !instance.isReadOnly);
    if (writer !== undefined) return writer.key;
    throw new OrchestratorError('no-primary', `No masters found for cluster ${clusterName}, domain ${domain}`);
  }

  return {
    async poolMembers(instances) {
      const texts = instances.split(',').map((text) => text.trim());
      const keys = texts.filter((text) => text !== '').map((text) => parseKey(text, settings.defaultPort));
      return settings.supportFuzzyPoolHostnames ? Promise.all(keys.map((key) => deps.resolveKey(key))) : keys;
    },
    pools,
    poolsOfCluster,
    healthyPoolMembers,
    async poolLagSeconds(clusterName, pool) {
      const members = await healthyPoolMembers(clusterName, pool);
      if (members.length > 0) return greatestLagSeconds(members);
      const which = pool === null ? 'any pool' : `pool ${pool}`;
      throw new OrchestratorError('empty-pool', `no healthy server of cluster ${clusterName} is in ${which}`);
    },
    controlReplicas: (clusterName) => controlReplicas(deps.recordsOfCluster(clusterName), settings),
    ghostReplicas: (clusterName) => ghostReplicas(deps.recordsOfCluster(clusterName), settings),
    async domainInstance(clusterName) {
      const domain = domainOf(deps, clusterName);
      const [noted] = await intent.readAttributes({ hostname: GENERAL_ATTRIBUTE_HOST, name: domain });
      if (noted !== undefined && noted.value !== '') return parseKey(noted.value, settings.defaultPort);
      throw new OrchestratorError(
        'no-domain-instance',
        `No instance is noted for domain ${domain} of cluster ${clusterName}; note it with set-heuristic-domain-instance`,
      );
    },
    domainWriter,
  };
}

/** @throws OrchestratorError `no-domain`. */
export function domainOf(
  { recordsOfCluster }: Pick<ClassificationAnswersDeps, 'recordsOfCluster'>,
  clusterName: string,
): string {
  const domain = recordsOfCluster(clusterName)[0]?.position.clusterDomain ?? '';
  if (domain !== '') return domain;
  throw new OrchestratorError('no-domain', `Cannot find domain name for cluster ${clusterName}`);
}
