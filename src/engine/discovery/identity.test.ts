import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { resolveInstance } from './identity.ts';

const key = (name: string) => parseKey(name, 3306);

it('every address that a reading mentions is resolved: of its source, its replicas and its group', async () => {
  const resolver = {
    resolve: async (hostname: string) => `${hostname}.net`,
    learn: async () => true,
    addressOf: async () => null,
  };
  const group = { groupName: 'g', isSinglePrimary: true, memberState: 'ONLINE', memberRole: 'SECONDARY' };
  const read = instanceOf('b', {
    replication: replicationOf('s'),
    attachedReplicas: [key('r')],
    guessedReplicas: [key('g')],
    group: { ...group, members: [key('a'), key('c')], primary: key('a') },
  });
  const resolved = await resolveInstance(resolver, read);
  expect(resolved.replication?.source).toEqual(key('s.net'));
  expect(resolved.attachedReplicas).toEqual([key('r.net')]);
  expect(resolved.guessedReplicas).toEqual([key('g.net')]);
  expect(resolved.group).toMatchObject({ members: [key('a.net'), key('c.net')], primary: key('a.net') });
});
