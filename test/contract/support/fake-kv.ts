import type { KvSubmission, KvUseCases } from '../../../src/engine/kv/service.ts';
import { kvPairsOf } from '../../../src/legacy/kv-pairs.ts';

const primary = { hostname: '10.0.0.1', port: 1 };

const SUBMISSION: KvSubmission = {
  primaries: [{ alias: 'shop', clusterName: '10.0.0.1:1', primary }],
  pairs: kvPairsOf('mysql/master/', 'shop', primary, { ipv4: '10.0.0.1', ipv6: '' }),
  troubles: [],
};

/** An invented cluster is published; one store is down. */
export const fakeKv: KvUseCases = {
  submit: async () => SUBMISSION,
  preview: async () => SUBMISSION,
  states: () => [
    { name: 'Consul at c:8500', problem: null, sinceMs: null, pending: [] },
    { name: 'etcd at e:2379', problem: 'etcd at e:2379 cannot be reached', sinceMs: 0, pending: ['shop'] },
  ],
};
