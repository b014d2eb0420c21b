import type { NodeHealth } from '../../../src/engine/ports.ts';
import type { AgentUseCases, KnownAgent } from '../../../src/engine/requests/agents.ts';
import type { ClassificationUseCases } from '../../../src/engine/requests/classification.ts';
import type { PoolMember } from '../../../src/engine/requests/classification-answers.ts';
import type { NodeUseCases } from '../../../src/engine/requests/node.ts';
import { formatKey, type InstanceKey, parseKey } from '../../../src/model/instance-key.ts';
import type { ServerRecord } from '../../../src/model/server-record.ts';

interface State {
  readonly records: readonly ServerRecord[];
  readonly calls: string[];
}

/** Pools in memory; the control replicas are all replicas. */
export function fakeClassification(state: State): ClassificationUseCases {
  let pools: readonly PoolMember[] = [
    { pool: 'read', key: { hostname: '10.0.0.1', port: 11 } },
    { pool: 'read', key: { hostname: '10.0.0.1', port: 12 } },
    { pool: 'spare', key: { hostname: '10.0.0.1', port: 13 } },
  ];
  const replicas = () => state.records.filter(({ position }) => position.depth > 0);
  const ofPool = (pool: string | null) => pools.filter((one) => pool === null || one.pool === pool);
  const recordsOf = (keys: readonly InstanceKey[]) =>
    state.records.filter(({ key }) => keys.some((one) => formatKey(one) === formatKey(key)));
  return {
    poolMembers: async (instances) =>
      instances
        .split(',')
        .filter((text) => text !== '')
        .map((text) => parseKey(text, 1)),
    async submitPool(pool, keys) {
      state.calls.push(`submit-pool ${pool} ${keys.map(formatKey).join(',')}`);
      pools = [...pools.filter((one) => one.pool !== pool), ...keys.map((key) => ({ pool, key }))];
    },
    pools: async () => pools,
    poolsOfCluster: async (_cluster, pool) => ofPool(pool),
    healthyPoolMembers: async (_cluster, pool) => recordsOf(ofPool(pool).map(({ key }) => key)),
    poolLagSeconds: async () => 3,
    controlReplicas: replicas,
    ghostReplicas: () => replicas().toReversed(),
    async setClusterAlias(clusterName, alias) {
      state.calls.push(`set-cluster-alias ${clusterName} ${alias}`);
    },
    domainInstance: async () => ({ hostname: '10.0.0.1', port: 1 }),
    domainWriter: () => ({ hostname: '10.0.0.1', port: 1 }),
    async noteDomainInstance(clusterName) {
      state.calls.push(`note-domain-instance ${clusterName}`);
      return { hostname: '10.0.0.1', port: 1 };
    },
    async snapshotTopologies() {
      state.calls.push('snapshot-topologies');
      return state.records.length;
    },
  };
}

const AGENT: KnownAgent = {
  record: {
    hostname: '10.0.0.1',
    port: 3002,
    token: 'never shown',
    lastSubmitted: '2026-01-02 03:04:00',
    mysqlPort: 11,
    countSnapshots: 1,
  },
  status: null,
};
const SEED = {
  seedId: 4,
  targetHostname: '10.0.0.1',
  sourceHostname: '10.0.0.2',
  startedAt: '2026-01-02 03:04:00',
  endedAt: '',
  isComplete: false,
  isSuccessful: false,
};

/** One agent that does what it is told, and one seed. */
export const fakeAgents = (calls: string[]): AgentUseCases => ({
  isServed: true,
  list: async () => [AGENT.record],
  ask: async () => AGENT,
  async order(hostname, order) {
    calls.push(`agent ${hostname} ${JSON.stringify(order)}`);
    return { answer: 'done', agent: AGENT };
  },
  async seed(targetHost, sourceHost) {
    calls.push(`agent-seed ${targetHost} ${sourceHost}`);
    return SEED.seedId;
  },
  planSeed: async (targetHost) => ({
    held: ['the agents answer'],
    refusal: targetHost === 'unready' ? 'MySQL runs on unready' : null,
    steps: targetHost === 'unready' ? [] : [`Erasing the MySQL data folder of ${targetHost}`],
  }),
  seeds: async () => [SEED],
  seedStates: async (seedId) => [{ stateId: 9, seedId, at: '2026-01-02 03:04:01', action: 'began', errorMessage: '' }],
  async abortSeed(seedId) {
    calls.push(`abort-seed ${seedId}`);
  },
  async submit({ hostname }) {
    calls.push(`submit-agent ${hostname}`);
  },
  async setAttribute(hostname, name, value) {
    calls.push(`attribute ${hostname} ${name}=${value}`);
  },
  attributes: async (name) => [{ hostname: '10.0.0.1', name, value: 'v', submittedAt: '', expiresAt: '' }],
});

/** A node that is alone; the one token it knows is `public:secret`. */
export const fakeNode = (calls: string[], node: NodeHealth): NodeUseCases => ({
  async grabElection() {
    calls.push('grab-election');
  },
  async reelect() {
    calls.push('reelect');
  },
  activeNodes: async () => [node],
  async createAccessToken(by) {
    calls.push(`access-token ${by}`);
    return 'public';
  },
  redeemAccessToken: async (token) => (token === 'public' ? 'public:secret' : null),
  isAccessTokenValid: async (pair) => pair === 'public:secret',
  resolvedNames: async () => new Map([['short', 'short.example.com']]),
  async clearResolvedNames() {
    calls.push('clear-resolved-names');
  },
  virtualNames: async () => new Map([['db1', 'vip.example.com']]),
});
