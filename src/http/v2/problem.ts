import type * as z from 'zod';
import { OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Objection, Refusal } from '../../plan/plan.ts';
import type { Answer } from '../answer.ts';
import { PROBLEM_TYPES, type ProblemSlug, type ProblemV2, problemPath } from '../contract/v2/problem.ts';
import type { ComplaintContext } from '../manner.ts';

/** What a problem says beside its type. */
export interface ProblemFacts {
  readonly slug: ProblemSlug;
  /** One sentence for people. */
  readonly detail: string;
  /** Stable word; the slug when left out. */
  readonly code?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly refusals?: readonly Objection[];
  readonly troubles?: readonly { readonly server: InstanceKey; readonly reason: string }[];
  readonly recoveryUid?: string;
}

/** Thrown by handlers of /api/v2 for whatever is no answer. */
export class ProblemError extends OrchestratorError {
  readonly facts: ProblemFacts;

  constructor(facts: ProblemFacts) {
    super(facts.code ?? facts.slug, facts.detail);
    this.name = 'ProblemError';
    this.facts = facts;
  }
}

/** @throws ProblemError plan-refused with every way that was tried. */
export function refuse({ reason, objections }: Refusal): never {
  throw new ProblemError({ slug: 'plan-refused', detail: reason, refusals: objections });
}

/** @throws ProblemError not-found. */
export function notThere(code: string, detail: string): never {
  throw new ProblemError({ slug: 'not-found', code, detail });
}

/** @throws ProblemError bad-request that names one field, `query.match`. */
export function badField(field: string, code: string, message: string): never {
  throw new ProblemError({ slug: 'bad-request', code, detail: `${field}: ${message}`, errors: [{ field, message }] });
}

/** What of several things is wrong, one entry each: `body.instance.port`. */
export const errorsOf = (place: string, error: z.ZodError): NonNullable<ProblemFacts['errors']> =>
  error.issues.map(({ path, message }) => ({ field: [place, ...path.map(String)].join('.'), message }));

/** The problem as an answer. */
export function problemAnswer(
  { slug, detail, code = slug, ...rest }: ProblemFacts,
  { path, urlPrefix }: Pick<ComplaintContext, 'path' | 'urlPrefix'>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const { status, title } = PROBLEM_TYPES[slug];
  const type = `${urlPrefix}${problemPath(slug)}`;
  const body = { type, title, status, detail, instance: path, code, ...rest };
  return { kind: 'resource', status, contentType: 'application/problem+json', body, headers };
}

export type { ProblemV2 };
