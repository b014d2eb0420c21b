import { expect, test } from 'vitest';
import { HOST, inventServer } from '../../analysis/testing/records.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { HostAttribute, IntentStore } from '../ports.ts';
import { createClassification } from './classification.ts';
import { createClassificationAnswers } from './classification-answers.ts';

const key = (port: number): InstanceKey => ({ hostname: HOST, port });

function scene(options: { readonly fuzzy?: boolean; readonly domain?: string } = {}) {
  const records = [
    inventServer(1, { cluster: 'c' }),
    inventServer(2, { source: 1, cluster: 'c', lag: 4, depth: 1, readOnly: true }),
    inventServer(3, { source: 1, cluster: 'c', depth: 1, applier: 'stopped', lag: 900, readOnly: true }),
  ].map((record) => ({ ...record, position: { ...record.position, clusterDomain: options.domain ?? '' } }));
  const pools = new Map<string, readonly InstanceKey[]>();
  const attributes: HostAttribute[] = [];
  const told: string[] = [];
  const intent = {
    submitPool: async (pool: string, keys: readonly InstanceKey[]) => void pools.set(pool, keys),
    readPools: async () => pools,
    setClusterAliasOverride: async (name: string, alias: string) => void told.push(`${name} is ${alias}`),
    putAttribute: async (one: HostAttribute) => void attributes.push(one),
    readAttributes: async ({ name }: { name?: string }) => attributes.filter((one) => one.name === name),
  } as unknown as IntentStore;
  const recordsOfCluster = (name: string) => (name === 'c' ? records : []);
  const answers = createClassificationAnswers(
    {
      intent,
      recordsOfCluster,
      resolveKey: async (asked) => (asked.hostname === 'part' ? key(asked.port) : asked),
    },
    {
      instancePollSeconds: 5,
      reasonableInstanceCheckSeconds: 1,
      oscIgnoreHostnameFilters: [],
      defaultPort: 3306,
      supportFuzzyPoolHostnames: options.fuzzy ?? true,
    },
  );
  const classification = createClassification({
    answers,
    intent,
    servers: { snapshotTopologies: async () => records.length },
    auditLog: { write: async (type: string) => void told.push(`audit ${type}`) } as never,
    recordsOfCluster,
    flush: async () => void told.push('flush'),
    onIntentChanged: async () => void told.push('read again'),
  });
  return { classification, told };
}

test('a pool is read from a comma list, parts of names only where these are accepted', async () => {
  const { classification } = scene();
  expect(await classification.poolMembers(' part:2, db9 ,')).toEqual([key(2), { hostname: 'db9', port: 3306 }]);
  expect(await scene({ fuzzy: false }).classification.poolMembers('part:2')).toEqual([{ hostname: 'part', port: 2 }]);
  expect(await classification.poolMembers('')).toEqual([]);
  await expect(classification.poolMembers('a:b:c')).rejects.toMatchObject({ code: 'bad-instance-key' });
});

test('members of a cluster, the healthy ones, and their lag', async () => {
  const { classification } = scene();
  await classification.submitPool('read', [key(2), key(3), { hostname: 'elsewhere', port: 1 }]);
  await classification.submitPool('spare', [key(2)]);
  expect(await classification.pools()).toHaveLength(4);
  expect((await classification.poolsOfCluster('c', 'read')).map((one) => one.key.port)).toEqual([2, 3]);
  expect((await classification.healthyPoolMembers('c', null)).map((one) => one.key.port)).toEqual([2]);
  expect(await classification.poolLagSeconds('c', 'read')).toBe(4);
  await expect(classification.poolLagSeconds('c', 'nosuch')).rejects.toMatchObject({ code: 'empty-pool' });
});

test('an alias is written, mirrored and audited; an empty one is refused', async () => {
  const { classification, told } = scene();
  await classification.setClusterAlias('c', 'shop');
  expect(told).toEqual(['c is shop', 'read again', 'audit set-cluster-alias']);
  await expect(classification.setClusterAlias('c', '')).rejects.toMatchObject({ code: 'no-alias' });
});

test('the writer of a domain is noted and found again', async () => {
  await expect(scene().classification.domainInstance('c')).rejects.toThrow('Cannot find domain name for cluster c');
  const { classification } = scene({ domain: 'shop.example.com' });
  await expect(classification.domainInstance('c')).rejects.toMatchObject({ code: 'no-domain-instance' });
  expect(await classification.noteDomainInstance('c')).toEqual(key(1));
  expect(await classification.domainInstance('c')).toEqual(key(1));
});

test('what is known reaches the backend before the topologies are copied', async () => {
  const { classification, told } = scene();
  expect(await classification.snapshotTopologies()).toBe(3);
  expect(told).toEqual(['flush']);
});
