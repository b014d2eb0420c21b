import { describe, expect, it } from 'vitest';
import type { ReplicationCredentials } from '../../model/command.ts';
import { Secret } from '../../model/secret.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import type { Inquiry } from '../ports.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { credentialsOf } from './evidence.ts';

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
