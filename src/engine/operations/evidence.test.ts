import { describe, expect, it } from 'vitest';
import type { ReplicationCredentials } from '../../model/command.ts';
import { parseKey, sameKey } from '../../model/instance-key.ts';
import { Secret } from '../../model/secret.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { Inquiry } from '../ports.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { credentialsOf, gatherEvidence } from './evidence.ts';
import type { GatherDeps } from './gather.ts';

const account = (user: string): ReplicationCredentials => ({ user, password: new Secret('pw') });

/** Which account is taken when these are known. */
async function taken(known: Partial<Record<Inquiry, string>>, configured: string | null, isChange = false) {
  const servers = createFakeServers();
  servers.inquire = async (_instance, inquiry) => {
    const user = known[inquiry];
    return { kind: 'answered', answer: (user === undefined ? null : account(user)) as never };
  };
  const replica = instanceOf('a:3306');
  const found = await credentialsOf([replica], servers, configured === null ? null : account(configured), isChange);
  return found?.user ?? null;
}

describe('who is asked for the account of a takeover', () => {
  const replica = (name: string) => instanceOf(`${name}:3306`, { replication: replicationOf('top:3306') });

  it('all replicas but one that is downtimed and silent: it would take long not to answer', async () => {
    const asked = new Set<string>();
    const servers = createFakeServers();
    servers.inquire = async ({ key }) => {
      asked.add(key.hostname);
      return { kind: 'answered', answer: null as never };
    };
    const downtime = { owner: 'me', reason: 'out of order', beginAtMs: 0, endAtMs: 1 };
    const silent = recordOf(replica('silent'), { check: { failure: 'no answer' } });
    const records = [
      recordOf(instanceOf('top:3306')),
      recordOf(replica('well')),
      silent,
      {
        ...silent,
        key: parseKey('gone:3306', 3306),
        instance: replica('gone'),
        intent: { ...silent.intent, downtime },
      },
    ];
    const deps: GatherDeps = {
      servers,
      equivalences: { record: async () => undefined, find: async () => [], forget: async () => undefined },
      recordOf: (key) => records.find((one) => sameKey(one.key, key)) ?? null,
      records: () => records,
      readNow: async () => true,
      isRecent: () => true,
      wasReplaced: async () => false,
    };
    const request = {
      kind: 'graceful-master-takeover',
      instance: parseKey('top:3306', 3306),
      destination: null,
    } as const;
    await gatherEvidence(request, deps, null);
    expect([...asked]).toEqual(['well', 'silent']);
  });
});

describe('the replication account', () => {
  const ALL = { 'queried-credentials': 'queried', 'stored-credentials': 'stored' };

  it('is the one of the query, then the stored one, then the configured one', async () => {
    expect(await taken(ALL, 'configured')).toBe('queried');
    expect(await taken({ 'stored-credentials': 'stored' }, 'configured')).toBe('stored');
    expect(await taken({}, 'configured')).toBe('configured');
    expect(await taken({}, null)).toBeNull();
  });

  it('where another one is wanted, is the stored one last: the replica has that already', async () => {
    expect(await taken(ALL, 'configured', true)).toBe('queried');
    expect(await taken({ 'stored-credentials': 'stored' }, 'configured', true)).toBe('configured');
    expect(await taken({ 'stored-credentials': 'stored' }, null, true)).toBe('stored');
  });
});
