import * as z from 'zod';

/** One key and its value, as it stands in the key-value stores. */
export const KvPairJson = z.object({ Key: z.string(), Value: z.string() });
export type KvPairJson = z.infer<typeof KvPairJson>;

/** How a key-value store is doing. */
export const KvStoreJson = z.object({
  Name: z.string(),
  IsWell: z.boolean(),
  Problem: z.string().describe('One sentence; empty while all is well'),
  Since: z.string().describe('When the problem began; empty while all is well'),
  PendingAliases: z.array(z.string()).describe('Clusters whose primary it has yet to be told'),
});
export type KvStoreJson = z.infer<typeof KvStoreJson>;
