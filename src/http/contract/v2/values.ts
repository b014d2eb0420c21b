import * as z from 'zod';

// Words that several resources share. Times are ISO 8601 in UTC, unknown is null, units are in the names.

/** Address of a server. */
export const KeyV2 = z.object({ hostname: z.string(), port: z.int().min(1).max(65535) });
export type KeyV2 = z.infer<typeof KeyV2>;

/** An address in a body: nothing beside it, so that no misspelling is overlooked. */
export const KeyInBody = z.strictObject({ hostname: z.string().min(1), port: z.int().min(1).max(65535) });

export const time = z.iso.datetime();

/** A whole number of a path or query. */
export const whole = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum));

/** `true` or `false` of a query, and nothing else. */
export const truth = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean());

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/** Which page of a listing. */
export const pageQuery = z.strictObject({
  limit: whole(1, MAX_LIMIT).default(DEFAULT_LIMIT).describe('At most so many items'),
  pageToken: z.string().optional().describe('`nextPageToken` of the page before'),
});

/** A page of a listing whose order is stable. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextPageToken: z.string().nullable().describe('null on the last page'),
  });

export const serverPath = z.strictObject({
  host: z.string().min(1).describe('Host name or address, as listings show it'),
  port: whole(1, 65535).describe('Port'),
});

export const clusterPath = z.strictObject({
  cluster: z.string().min(1).describe('Name or alias of the cluster, in full'),
});

/** A server, and what went wrong there. */
export const TroubleV2 = z.object({ server: KeyV2, reason: z.string() });
