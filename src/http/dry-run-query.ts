import * as z from 'zod';

const TRUE = /^(1|t|true)?$/i;
const FALSE = /^(0|f|false)$/i;

/** Go's spellings, and the bare `?dryRun`. Whoever writes another one wants no change, and must not get one. */
const dryRun = z
  .string()
  .refine((text) => TRUE.test(text) || FALSE.test(text), {
    error: (issue) => `Invalid dryRun: ${String(issue.input)}; nothing was done. Write dryRun=true or dryRun=false`,
  })
  .optional()
  .transform((text) => text !== undefined && TRUE.test(text))
  .describe('`true`: only say what would be done, change nothing');

/** Names that only somebody who means dryRun writes: in another case, with hyphens, as the flag of the command line. */
const isLikeDryRun = (name: string): boolean =>
  name !== 'dryRun' && ['dryrun', 'noop'].includes(name.toLowerCase().replace(/[-_]/g, ''));

/** The query of what changes something. Other keys that are not known pass, as they always did. */
export const withDryRun = (query: z.ZodObject): z.ZodObject =>
  query
    .extend({ dryRun })
    .catchall(z.unknown())
    .superRefine((asked, context) => {
      for (const name of Object.keys(asked).filter(isLikeDryRun))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `${name} is not known; nothing was done. Write dryRun=true`,
        });
    });
