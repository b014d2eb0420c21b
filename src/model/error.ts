/** Everything that may accompany an error as data; secrets never go in here. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * The one error class of the program. Expected outcomes are values (Plan | Refusal, ProbeOutcome);
 * this is thrown for what the caller could not foresee, and by the edges for bad input.
 *
 * `code` is stable and listed in docs/errors.md; `message` names the thing concerned and what a person can do next.
 */
export class OrchestratorError extends Error {
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OrchestratorError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
