import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';

export interface FleetCache {
  /**
   * The answer called `name` for this version of the fleet, encoded once per version and second however many ask. Several
   * fields tell ages in seconds, therefore the second. The ETag is a digest of the text: it changes only if the text does.
   */
  encoded(name: string, version: number, nowMs: number, build: () => unknown): Answer;
}

/** `maxEntries` bounds how many different lists are kept; the cache forgets everything when the moment passes. */
export function createFleetCache(maxEntries = 256): FleetCache {
  const entries = new Map<string, Answer>();
  let moment = '';
  return {
    encoded(name, version, nowMs, build) {
      const now = `${version}.${Math.floor(nowMs / 1000)}`;
      if (now !== moment) {
        entries.clear();
        moment = now;
      }
      const known = entries.get(name);
      if (known !== undefined) return known;
      const json = JSON.stringify(build() ?? null);
      const etag = `"${createHash('sha1').update(json).digest('base64url')}"`;
      const answer: Answer = { kind: 'encoded', json, etag };
      if (entries.size < maxEntries) entries.set(name, answer);
      return answer;
    },
  };
}
