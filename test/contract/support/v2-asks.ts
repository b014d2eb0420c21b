import type { V2Name } from '../../../src/http/contract/v2/index.ts';
import { CLUSTER } from './fake-orchestrator.ts';

export interface SampleAsk {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const params = { host: '10.0.0.1', port: '11' };
const cluster = { cluster: CLUSTER };
const instance = { hostname: '10.0.0.1', port: 13 };

/** One good request for each route, on the invented fleet. A new route does not compile without. */
export const V2_ASKS: Readonly<Record<V2Name, SampleAsk>> = {
  listClusters: {},
  getCluster: { params: cluster },
  getTopology: { params: { cluster: 'shop' } },
  listClusterInstances: { params: cluster, query: { match: ':1[12]$' } },
  getReadiness: { params: cluster },
  putClusterAlias: { params: cluster, body: { alias: 'store' } },
  takeOver: {
    params: cluster,
    body: { mode: 'graceful-auto', designated: { hostname: '10.0.0.1', port: 11 } },
  },
  listInstances: { query: { cluster: 'shop', tag: 'role=backup' } },
  discoverInstance: { body: instance },
  getInstance: { params },
  forgetInstance: { params: { host: '10.0.0.1', port: '13' } },
  beginDowntime: { params, body: { reason: 'because', durationSeconds: 60 } },
  endDowntime: { params },
  beginMaintenance: { params, body: { owner: 'ann', reason: 'because', durationSeconds: 60 } },
  endMaintenance: { params },
  listMaintenances: {},
  getTags: { params },
  putTag: { params: { ...params, name: 'colour' }, body: { value: 'blue' } },
  removeTag: { params: { ...params, name: 'role' } },
  putPromotionRule: { params, body: { promotionRule: 'prefer' } },
  runOperation: { body: { kind: 'relocate', instance, destination: { hostname: '10.0.0.1', port: 11 } } },
  listOperations: {},
  abortOperation: { params: { uid: 'op-1' } },
  finishOperation: { params: { uid: 'op-1' } },
  undoOperation: { params: { uid: 'op-1' } },
  listAnalyses: { query: { includeNoProblem: 'true' } },
  listRecoveries: { query: { cluster: CLUSTER } },
  recover: { body: { instance: { hostname: '10.0.0.1', port: 1 } } },
  getRecovery: { params: { uid: 'uid-7' } },
  acknowledgeRecovery: { params: { uid: 'uid-7' }, body: { comment: 'seen' } },
  listFailureDetections: {},
  listExplanations: {},
  listBlockedRecoveries: { query: { cluster: 'shop' } },
  listDeposedPrimaries: {},
  getRecoverySwitch: {},
  putRecoverySwitch: { body: { isEnabled: false } },
  getStatus: {},
  listAudit: { query: { instance: '10.0.0.1:11' } },
  listProblemTypes: {},
  getProblemType: { params: { slug: 'plan-refused' } },
  getOpenApi: {},
};
