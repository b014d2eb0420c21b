import * as z from 'zod';

/** Reads a whole number of a path; the message is what historic clients saw for a bad port. */
export const wholeNumber = (name: string, minimum: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: (issue) => `Invalid ${name}: ${String(issue.input)}` })
    .transform(Number)
    .refine((value) => value >= minimum && Number.isSafeInteger(value), {
      error: (issue) => `Invalid ${name}: ${String(issue.input)}`,
    });

export const port = wholeNumber('port', 1).refine((value) => value <= 65535, {
  error: (issue) => `Invalid port: ${String(issue.input)}`,
});

/** `/:host/:port`. */
export const serverParams = z.object({
  host: z.string().describe('Host name or address of the server'),
  port: port.describe('Port of the server'),
});

/** `/:host/:port/:candidateHost/:candidatePort`, the candidate being optional. */
export const recoverParams = serverParams.extend({
  candidateHost: z.string().optional().describe('Host of the server to promote'),
  candidatePort: port.optional().describe('Port of the server to promote'),
});

export const noParams = z.object({});
export const noQuery = z.object({});

/** Pages count from 0, twenty rows each. */
export const page = wholeNumber('page', 0).optional().default(0).describe('Page, counted from 0, twenty rows each');

export const recordId = wholeNumber('id', 0);

/** Go's spelling of true in a query string. */
export const flag = z
  .string()
  .optional()
  .transform((value) => value !== undefined && /^(1|t|true)$/i.test(value));

export const clusterHint = z.string().describe('Cluster name, alias, a member host:port, or part of a host name');
export const clusterName = z.string().describe('Cluster name');
export const clusterAlias = z.string().describe('Cluster alias');

/** `?comment=`, required by every acknowledgement. */
export const commentQuery = z.object({
  comment: z.string({ error: 'No acknowledge comment given' }).trim().min(1, 'No acknowledge comment given'),
});

/** The first complaint of a failed parse, in words for the caller. */
export const complaintOf = (error: z.ZodError): string => {
  const issue = error.issues[0];
  if (issue === undefined) return 'Invalid request';
  const where = issue.path.join('.');
  return issue.message.startsWith('Invalid input') && where !== '' ? `${where}: ${issue.message}` : issue.message;
};
