/** The part of vitest's JSON report that is read. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts;
export function countsOf(report: Report): Counts;
export function triedAgain(report: Report, root: string): readonly string[];
export function withSecondTry(first: Report, second: Report): Report;
export function failedNames(report: Report): readonly string[];
