import * as z from 'zod';
import { TroubleV2 } from './values.ts';

/** Everything that can go wrong, by the last part of its `type`. `meaning` says what to do. */
export const PROBLEM_TYPES = {
  'bad-request': {
    status: 400,
    title: 'The request cannot be read',
    meaning: 'Path, query or body has something missing, misspelt or of the wrong kind; `errors` names each place.',
  },
  'login-required': {
    status: 401,
    title: 'Log in first',
    meaning: 'Send the credentials that AuthenticationMethod asks for.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    meaning: 'This user may look, not act; or the node is read-only. Ask whoever configures authorization.',
  },
  'cross-site': {
    status: 403,
    title: 'Asked for by another site',
    meaning:
      'A browser sent this on behalf of a page of another origin. Changes are taken from the own page and from programs only.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    meaning: 'The path, or what it names, does not exist; `code` tells which.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Not by this method',
    meaning: 'The path exists; the header Allow lists its methods.',
  },
  conflict: {
    status: 409,
    title: 'Not as things stand',
    meaning: 'The request is understood and cannot be done now, or not to this server; the detail says why.',
  },
  'plan-refused': {
    status: 409,
    title: 'No safe way',
    meaning: 'Nothing was sent to any server: `refusals` lists each way that was tried and the rule that refused it.',
  },
  locked: {
    status: 409,
    title: 'Somebody else holds it',
    meaning: 'The server is in maintenance, by a person or by an operation under way; wait for it, or end it.',
  },
  'content-too-large': { status: 413, title: 'The body is too long', meaning: 'Bodies may have 64 KiB.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Not JSON',
    meaning: 'Bodies are JSON, with the header `Content-Type: application/json`.',
  },
  'operation-failed': {
    status: 500,
    title: 'Begun, and failed',
    meaning: 'A step failed. What had been changed was taken back, but for the servers in `troubles`.',
  },
  'internal-error': { status: 500, title: 'A mistake of the program', meaning: 'Look into the log; please report it.' },
  'server-unreachable': {
    status: 502,
    title: 'The server does not answer',
    meaning: 'A MySQL server could not be read; the detail has its reason.',
  },
  unavailable: {
    status: 503,
    title: 'Not now',
    meaning: 'The backend does not answer, or this node is not the active one. Ask again, or another node.',
  },
} as const satisfies Record<string, { status: number; title: string; meaning: string }>;
export type ProblemSlug = keyof typeof PROBLEM_TYPES;

export const isProblemSlug = (text: string): text is ProblemSlug => Object.hasOwn(PROBLEM_TYPES, text);

/** Path of a problem's `type`, without the URL prefix. */
export const problemPath = (slug: ProblemSlug): string => `/api/v2/problems/${slug}`;

/** RFC 9457, with what programs want to know beside it. */
export const ProblemV2 = z.object({
  type: z.string().describe('Path of a description of this type of problem'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What happened, for people'),
  instance: z.string().describe('The path that was asked for'),
  code: z.string().describe('Stable word for programs, see docs/errors.md; finer than `type`'),
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .describe('bad-request: each place that is wrong, `body.instance.port`'),
  refusals: z
    .array(z.object({ subject: z.string(), rule: z.string(), explanation: z.string() }))
    .optional()
    .describe('plan-refused: each way tried and the rule that refused it'),
  troubles: z.array(TroubleV2).optional().describe('operation-failed: servers that are not as they were'),
  recoveryUid: z.string().optional().describe('operation-failed: the recovery whose steps tell more'),
});
export type ProblemV2 = z.infer<typeof ProblemV2>;

export const ProblemTypeV2 = z.object({
  slug: z.string(),
  status: z.int(),
  title: z.string(),
  meaning: z.string(),
});
