import type { AccessTokenStore } from '../../../engine/ports.ts';
import { Secret } from '../../../model/secret.ts';
import type { Database } from '../../database.ts';
import { number, text } from '../../rows/values.ts';

export interface AccessTokenSettings {
  /** AccessTokenUseExpirySeconds: the public half must be redeemed within this time. */
  readonly accessTokenUseSeconds: number;
  /** AccessTokenExpiryMinutes: lifetime of the pair, from its making on. */
  readonly accessTokenExpireMinutes: number;
}

/** Table access_token. A row that is_reentrant (made by others; we make none) may be redeemed again during its whole life. */
export function createAccessTokens(database: Database, settings: AccessTokenSettings): AccessTokenStore {
  const { dialect } = database;
  const lifeSeconds = settings.accessTokenExpireMinutes * 60;
  return {
    async createAccessToken(generatedBy) {
      const publicToken = newToken();
      await database.run(
        `insert into access_token (public_token, secret_token, generated_at, generated_by, is_acquired, is_reentrant)
         values (?, ?, ${dialect.now}, ?, 0, 0)`,
        [publicToken, newToken(), generatedBy.slice(0, 128)],
      );
      return publicToken;
    },

    acquireAccessToken: (publicToken) =>
      database.transaction(async (session) => {
        const [row] = await session.all(
          `select access_token_id as id, secret_token from access_token
           where public_token = ? and generated_at >= ${dialect.secondsAgo}
             and (is_reentrant = 1 or (is_acquired = 0 and generated_at >= ${dialect.secondsAgo}))${dialect.forUpdate}`,
          [publicToken, lifeSeconds, settings.accessTokenUseSeconds],
        );
        if (row === undefined) return null;
        await session.run(
          `update access_token set is_acquired = 1, acquired_at = ${dialect.now} where access_token_id = ?`,
          [number(row, 'id')],
        );
        return new Secret(text(row, 'secret_token'));
      }),

    async isAccessTokenValid(publicToken, secretToken) {
      const [row] = await database.all(
        `select secret_token from access_token
         where public_token = ? and is_acquired = 1 and generated_at >= ${dialect.secondsAgo}`,
        [publicToken, lifeSeconds],
      );
      return row !== undefined && isSame(text(row, 'secret_token'), secretToken.reveal());
    },
  };
}

/** Fetched by the first token: commands that only read load this file, and ask for none. */
const cryptography = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');

/** 64 characters that nobody guesses. */
const newToken = (): string => cryptography().randomBytes(32).toString('hex');

/** Compares in a time that tells nothing about how much was right. */
function isSame(one: string, other: string): boolean {
  const { createHash, timingSafeEqual } = cryptography();
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}
