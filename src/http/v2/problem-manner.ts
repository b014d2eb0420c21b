import { OrchestratorError } from '../../model/error.ts';
import type { ProblemSlug } from '../contract/v2/problem.ts';
import { CROSS_SITE_SENTENCE } from '../cross-site.ts';
import { ASK_FOR_LOGIN, type Complaint, type Manner } from '../manner.ts';
import { errorsOf, ProblemError, type ProblemFacts, problemAnswer } from './problem.ts';

/** Codes of errors by the type of problem they are; the first that fits. Others are mistakes of ours. */
const BY_CODE: readonly (readonly [pattern: RegExp, slug: ProblemSlug])[] = [
  [/^unknown-|^no-cluster$|^no-instance$/, 'not-found'],
  [/^bad-|^missing-|^no-alias$|^store-value-too-long$|^two-destinations$/, 'bad-request'],
  [/^(server|agent)-unreachable$|^dial-failed$|^log-unreadable$/, 'server-unreachable'],
  [/^store-|^not-leader$|^no-leader$|^cancelled$|^answer-late$/, 'unavailable'],
  [/^kv-/, 'unavailable'],
  [
    /^no-|^not-|^operation-running$|^discovery-(?:ignored|filtered)$|^applier-stopped$|^unsupported-command$|^empty-pool$/,
    'conflict',
  ],
];

const BAD_BODIES = {
  'not-json': { slug: 'unsupported-media-type', detail: 'the body must be JSON: send Content-Type: application/json' },
  'too-long': { slug: 'content-too-large', detail: 'the body is longer than 64 KiB' },
  syntax: { slug: 'bad-request', code: 'bad-json', detail: 'body: it is no JSON' },
} as const satisfies Record<string, ProblemFacts>;

/** application/problem+json (RFC 9457). What was not foreseen is told to the log only. */
export const problemManner: Manner = {
  // A list fits no schema: which of two values is meant cannot be known.
  queryOf: (given) =>
    Object.fromEntries(Object.entries(given).map(([key, values]) => [key, values.length === 1 ? values[0] : values])),
  complain(complaint, context) {
    if (complaint.kind === 'login-required') return problemAnswer(factsOf(complaint), context, ASK_FOR_LOGIN);
    const allow = complaint.kind === 'wrong-method' ? { Allow: complaint.allowed.join(', ') } : {};
    return problemAnswer(factsOf(complaint), context, allow);
  },
};

function factsOf(complaint: Complaint): ProblemFacts {
  switch (complaint.kind) {
    case 'login-required':
      return { slug: 'login-required', detail: 'user and password are required' };
    case 'certificate':
      return { slug: 'login-required', code: 'certificate-refused', detail: complaint.sentence };
    case 'unauthorized':
      return { slug: 'forbidden', detail: 'you may look, not act' };
    case 'cross-site':
      return { slug: 'cross-site', detail: CROSS_SITE_SENTENCE };
    case 'no-such-path':
      return {
        slug: 'not-found',
        code: 'no-such-path',
        detail: 'there is nothing at this path; see /api/v2/openapi.json',
      };
    case 'wrong-method':
      return { slug: 'method-not-allowed', detail: `this path answers ${complaint.allowed.join(', ')}` };
    case 'bad-input': {
      const errors = errorsOf(complaint.place, complaint.error);
      const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
      return { slug: 'bad-request', code: 'bad-input', detail, errors };
    }
    case 'bad-body':
      return BAD_BODIES[complaint.fault];
    case 'thrown':
      return factsOfThrown(complaint.thrown);
  }
}

function factsOfThrown(thrown: unknown): ProblemFacts {
  if (thrown instanceof ProblemError) return thrown.facts;
  if (thrown instanceof OrchestratorError) {
    const slug = BY_CODE.find(([pattern]) => pattern.test(thrown.code))?.[1];
    if (slug !== undefined) return { slug, code: thrown.code, detail: thrown.message };
  }
  return { slug: 'internal-error', detail: 'the program made a mistake; its log tells more' };
}
