import * as z from 'zod';

const key = z.object({ hostname: z.string(), port: z.int() });

const finding = z.object({
  /** Stable word for scripts. */
  rule: z.string(),
  /** host:port; empty when it concerns the cluster, or the program. */
  servers: z.array(z.string()),
  sentence: z.string(),
  /** What a person can do; '' when nothing. */
  remedy: z.string(),
});

/** The answer to "if the primary died now" for one cluster. */
export const ReadinessJson = z.object({
  clusterName: z.string(),
  clusterAlias: z.string(),
  verdict: z.enum(['ready', 'degraded', 'blocked']),
  sentence: z.string(),
  primary: key.nullable(),
  /** Who would be promoted, by itself or at a person's order; null: nobody. */
  successor: key.nullable(),
  /** Others that may turn out to be it: who has received most in the last moment is not known beforehand. */
  alternatives: z.array(key),
  reasons: z.array(z.string()),
  candidates: z.array(
    z.object({
      key,
      name: z.string(),
      /** 1 = the successor, 2 = next without it, …; null = not chosen, see `rule` and `why`. */
      rank: z.int().nullable(),
      rule: z.string().nullable(),
      why: z.string(),
      promotionRule: z.enum(['must', 'prefer', 'neutral', 'prefer_not', 'must_not']),
      lagSeconds: z.number().nullable(),
      transactionsToApply: z.number().nullable(),
    }),
  ),
  estimate: z
    .object({
      /** Milliseconds from the crash until the successor takes writes; null: cannot be told. */
      totalMs: z.number().nullable(),
      parts: z.array(
        z.object({
          what: z.enum(['detect', 'drain', 'catch-up', 'promote']),
          ms: z.number().nullable(),
          basis: z.string(),
        }),
      ),
    })
    .nullable(),
  loss: z.object({
    kind: z.enum(['nothing-acknowledged', 'nothing-known', 'some', 'unknown']),
    transactions: z.number().nullable(),
    bytes: z.number().nullable(),
    sentence: z.string(),
  }),
  /** `automatic`: a person can still order the recovery; `all`: that would be refused as well. */
  blockers: z.array(finding.extend({ blocks: z.enum(['automatic', 'all']) })),
  warnings: z.array(finding),
  atMs: z.number(),
});
export type ReadinessJson = z.infer<typeof ReadinessJson>;
