/** The reasons for which the lab can refuse or fail; stable, so that tests can tell them apart. */
export type LabErrorCode =
  | 'bad-tree'
  | 'bad-flavour'
  | 'bad-argument'
  | 'unsupported'
  | 'fetch-failed'
  | 'prepare-failed'
  | 'start-failed'
  | 'sql-failed'
  | 'deadline';

/** Thrown by every part of the lab: one sentence saying what is wrong and what a person can do about it. */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'LabError';
    this.code = code;
  }
}

/** The text of anything thrown, for a one-line message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
