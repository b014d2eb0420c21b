import * as z from 'zod';

/** Address of a server on the wire. */
export const InstanceKeyJson = z.object({ Hostname: z.string(), Port: z.int() });
export type InstanceKeyJson = z.infer<typeof InstanceKeyJson>;

/** Nullable integer as Go's database/sql prints it. */
export const NullableIntJson = z.object({ Int64: z.int(), Valid: z.boolean() });
export type NullableIntJson = z.infer<typeof NullableIntJson>;

/**
 * The envelope of every action and of some readings. `Code` ERROR goes with HTTP status 500.
 * `details` is the schema of what accompanies an OK.
 */
export const envelopeOf = <Details extends z.ZodType>(details: Details) =>
  z.object({ Code: z.enum(['OK', 'ERROR']), Message: z.string(), Details: details.nullable() });

export const EnvelopeJson = envelopeOf(z.unknown());
export type EnvelopeJson = z.infer<typeof EnvelopeJson>;
