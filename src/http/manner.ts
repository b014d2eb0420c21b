import type * as z from 'zod';
import type { Answer } from './answer.ts';

/** Why a request does not come to its handler, or does not come back from it. */
export type Complaint =
  | { readonly kind: 'login-required' }
  /** The client's certificate does not admit it. */
  | { readonly kind: 'certificate'; readonly sentence: string }
  | { readonly kind: 'unauthorized' }
  /** A browser asks for a change on behalf of another site. */
  | { readonly kind: 'cross-site' }
  | { readonly kind: 'no-such-path' }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'bad-input'; readonly place: 'path' | 'query' | 'body'; readonly error: z.ZodError }
  | { readonly kind: 'bad-body'; readonly fault: 'not-json' | 'too-long' | 'syntax' }
  | { readonly kind: 'thrown'; readonly thrown: unknown };

export interface ComplaintContext {
  /** As asked for, with the URL prefix. */
  readonly path: string;
  /** `/orc` or ''. */
  readonly urlPrefix: string;
  readonly nowMs: number;
}

/** How a family of routes reads queries and puts complaints. */
export interface Manner {
  /** What becomes of keys that are given several times. */
  queryOf(given: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, unknown>>;
  complain(complaint: Complaint, context: ComplaintContext): Answer;
}

/** The header that browsers answer with a question for user and password. */
export const ASK_FOR_LOGIN = { 'WWW-Authenticate': 'Basic realm="Authorization Required"' } as const;
