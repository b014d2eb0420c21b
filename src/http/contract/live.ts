import * as z from 'zod';

/** A server's address in the new routes (no historic shape to keep). */
const key = z.object({ hostname: z.string(), port: z.int() });

/** Why a cluster's primary is, or is not, being replaced right now; `server` where it is about another server. */
export const ExplanationJson = z.object({
  clusterName: z.string(),
  primary: key.nullable(),
  server: key.optional(),
  verdict: z.enum(['healthy', 'suspected', 'waiting', 'not-acting', 'recovering', 'recovered', 'failed']),
  sentence: z.string(),
  atMs: z.number(),
});
export type ExplanationJson = z.infer<typeof ExplanationJson>;

/**
 * What /api/live tells, one server-sent event each: `event:` is the kind, `data:` this object as JSON, `id:` a growing
 * number. Readers that come back with Last-Event-ID get what they missed, as long as the node still remembers it;
 * otherwise an event `reset` says: fetch everything again.
 */
export const LiveEventJson = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fleet'), clusterName: z.string(), version: z.number() }),
  z.object({ kind: z.literal('explanation'), explanation: ExplanationJson }),
  z.object({
    kind: z.literal('readiness'),
    clusterName: z.string(),
    verdict: z.enum(['ready', 'degraded', 'blocked']),
    sentence: z.string(),
  }),
  z.object({
    kind: z.literal('recovery-step'),
    uid: z.string(),
    clusterName: z.string(),
    atMs: z.number(),
    message: z.string(),
  }),
  z.object({
    kind: z.literal('recovery'),
    uid: z.string(),
    clusterName: z.string(),
    state: z.enum(['started', 'succeeded', 'failed']),
  }),
]);
export type LiveEventJson = z.infer<typeof LiveEventJson>;

/** What the page needs to know of the configuration and of the person looking at it. */
export const WebSettingsJson = z.object({
  urlPrefix: z.string(),
  /** Shown on every page when not empty. */
  webMessage: z.string(),
  /** Cut from host names in display. */
  removeTextFromHostnameDisplay: z.string(),
  /** '' when nobody is logged in. */
  userId: z.string(),
  /** False hides every button that changes something. */
  isAuthorizedForAction: z.boolean(),
});
export type WebSettingsJson = z.infer<typeof WebSettingsJson>;

/** A failed primary that was replaced and is kept from taking writes. */
export const DeposedJson = z.object({
  key,
  clusterName: z.string(),
  successor: key.nullable(),
  deposedAtMs: z.number(),
  /** null until it came back and was fenced. */
  fencedAtMs: z.number().nullable(),
});
export type DeposedJson = z.infer<typeof DeposedJson>;
