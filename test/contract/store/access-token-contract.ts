import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import type { Backend } from './harness.ts';

export function accessTokenContract(backend: Backend): void {
  describe('access tokens', () => {
    test('the public half is redeemed once; the pair is valid from then on', async () => {
      const store = await backend.open();
      const publicToken = await store.intent.createAccessToken('ops');
      expect(publicToken).toMatch(/^[0-9a-f]{64}$/);
      const [row] = await backend.sql('select secret_token, generated_by from access_token');
      const stored = new Secret(String(row?.secret_token));
      expect(row?.generated_by).toBe('ops');
      expect(await store.intent.isAccessTokenValid(publicToken, stored)).toBe(false);
      const secret = await store.intent.acquireAccessToken(publicToken);
      expect(secret?.reveal()).toBe(stored.reveal());
      expect(secret?.reveal()).not.toBe(publicToken);
      expect(await store.intent.isAccessTokenValid(publicToken, stored)).toBe(true);
      expect(await store.intent.acquireAccessToken(publicToken)).toBeNull();
    });

    test('a wrong half, an empty one and those of another pair are not valid', async () => {
      const store = await backend.open();
      const [one, other] = [await store.intent.createAccessToken('a'), await store.intent.createAccessToken('b')];
      expect(one).not.toBe(other);
      const secretOfOne = await store.intent.acquireAccessToken(one);
      const secretOfOther = await store.intent.acquireAccessToken(other);
      if (secretOfOne === null || secretOfOther === null) throw new Error('not acquired');
      const isValid = (publicToken: string, secret: Secret) => store.intent.isAccessTokenValid(publicToken, secret);
      expect(await isValid(one, secretOfOne)).toBe(true);
      expect(await isValid(one, secretOfOther)).toBe(false);
      expect(await isValid(one, new Secret(''))).toBe(false);
      expect(await isValid('', secretOfOne)).toBe(false);
      expect(await store.intent.acquireAccessToken('unknown')).toBeNull();
    });

    test('of several connections that redeem one token, exactly one gets the secret', async () => {
      const stores = await Promise.all(
        ['a', 'b', 'c'].map((token) => backend.open({ node: { hostname: token, token } })),
      );
      for (let round = 0; round < 10; round++) {
        const publicToken = (await stores[0]?.intent.createAccessToken('ops')) ?? '';
        const secrets = await Promise.all(stores.map((store) => store.intent.acquireAccessToken(publicToken)));
        expect(secrets.filter((secret) => secret !== null)).toHaveLength(1);
      }
    });

    test('not redeemed in time, it never is', async () => {
      const store = await backend.open({ accessTokenUseSeconds: 60 });
      const publicToken = await store.intent.createAccessToken('ops');
      await backend.sql(`update access_token set generated_at = ${backend.ago(70)}`);
      expect(await store.intent.acquireAccessToken(publicToken)).toBeNull();
    });

    test('past its lifetime a pair is not valid, and purge() deletes it', async () => {
      const store = await backend.open({ accessTokenExpireMinutes: 10 });
      const publicToken = await store.intent.createAccessToken('ops');
      const secret = await store.intent.acquireAccessToken(publicToken);
      if (secret === null) throw new Error('not acquired');
      await backend.sql(`update access_token set generated_at = ${backend.ago(590)}`);
      await store.purge();
      expect(await store.intent.isAccessTokenValid(publicToken, secret)).toBe(true);
      await backend.sql(`update access_token set generated_at = ${backend.ago(610)}`);
      expect(await store.intent.isAccessTokenValid(publicToken, secret)).toBe(false);
      await store.purge();
      expect(await backend.sql('select * from access_token')).toEqual([]);
    });

    test('a reentrant one of another program is redeemed again and again', async () => {
      const store = await backend.open({ accessTokenUseSeconds: 60 });
      await backend.sql(
        `insert into access_token (public_token, secret_token, generated_at, generated_by, is_reentrant)
         values ('p', 's', ${backend.ago(120)}, 'script', 1)`,
      );
      for (let time = 0; time < 2; time++) expect((await store.intent.acquireAccessToken('p'))?.reveal()).toBe('s');
    });
  });
}
