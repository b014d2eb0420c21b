import { compilePattern } from '../model/pattern.ts';
import type { TransactionRules } from './transaction.ts';

/** How Pseudo-GTID entries look. Keys of the configuration: PseudoGTIDPattern and those after it. */
export interface MarkerSettings {
  /** '' = Pseudo-GTID is not used. */
  readonly pattern: string;
  readonly isFixedSubstring: boolean;
  /** Text which entries contain that are greater than all before; '' = not known to ascend. */
  readonly monotonicHint: string;
  readonly skipContaining: readonly string[];
}

/** The schema of the entries written by AutoPseudoGTID. It need not exist. */
export const AUTO_SCHEMA = '_pseudo_gtid_';

/** How entries are recognised that AutoPseudoGTID writes; any other Pseudo-GTID setting gives way to it (historic rule). */
export const AUTO_MARKERS = {
  pattern: `drop view if exists \`${AUTO_SCHEMA}\`.\`_asc:`,
  isFixedSubstring: true,
  monotonicHint: 'asc:',
} as const;

/** The settings in force: with AutoPseudoGTID those of its own entries, whatever else is configured. */
export const resolveMarkerSettings = (isAuto: boolean, configured: MarkerSettings): MarkerSettings =>
  isAuto ? { ...configured, ...AUTO_MARKERS } : configured;

/**
 * The statement of one entry: eight hexadecimal digits of Unix time in seconds, eight of a counter, then random ones, so that
 * entries of one writer ascend as texts and no two are equal.
 */
export function markerStatement(unixSeconds: number, counter: number, randomHex: string): string {
  const eight = (value: number): string => Math.trunc(value).toString(16).padStart(8, '0').slice(-8);
  return `drop view if exists \`${AUTO_SCHEMA}\`.\`_asc:${eight(unixSeconds)}:${eight(counter)}:${randomHex}\``;
}

/** What the searches ask about an entry. */
export interface Markers extends TransactionRules {
  /**
   * How two entries stand to each other in time: negative when `a` is the older. null when they are not known to ascend, i.e.
   * one of them lacks PseudoGTIDMonotonicHint.
   */
  compareAge(a: string, b: string): number | null;
}

/** @throws OrchestratorError `bad-pattern` when PseudoGTIDPattern is no regular expression. */
export function createMarkers(settings: MarkerSettings): Markers {
  const { pattern, isFixedSubstring, monotonicHint } = settings;
  const skipped = settings.skipContaining.filter((text) => text !== '');
  const expression = pattern === '' || isFixedSubstring ? null : compilePattern(pattern, 'PseudoGTIDPattern');
  return {
    isSkipped: (text) => skipped.some((part) => text.includes(part)),
    isMarker(text) {
      if (pattern === '') return false;
      return expression === null ? text.includes(pattern) : expression.test(text);
    },
    compareAge(a, b) {
      if (monotonicHint === '') return null;
      const [atA, atB] = [a.indexOf(monotonicHint), b.indexOf(monotonicHint)];
      if (atA < 0 || atB < 0) return null;
      const [ageA, ageB] = [a.slice(atA), b.slice(atB)];
      return ageA < ageB ? -1 : ageA > ageB ? 1 : 0;
    },
  };
}
