import type { ProbePart, ProbeStatement } from '../dialect/probe-statements.ts';
import type { ProbeRows } from '../dialect/read-instance.ts';
import type { Row } from '../dialect/row.ts';
import type { Clock, ServerFailure } from '../engine/ports.ts';
import type { Session } from './session.ts';

/** Statements which one server refuses, so that they do not spoil every batch; asked again after a while. */
export interface Refusals {
  isRefused(part: ProbePart): boolean;
  add(part: ProbePart, warning: string): void;
  /** Something may be asked again now. Rights that were granted meanwhile hold for new sessions only. */
  isDue(): boolean;
  /** A new session has whatever rights there are by now. */
  clear(): void;
  /** One sentence per part that is left out now. */
  warnings(): readonly string[];
}

const ASK_AGAIN_MS = 10 * 60_000;

export function createRefusals(clock: Clock): Refusals {
  const refused = new Map<ProbePart, { readonly warning: string; readonly untilMs: number }>();
  return {
    isRefused(part) {
      const entry = refused.get(part);
      if (entry === undefined) return false;
      if (entry.untilMs > clock.monotonicMs()) return true;
      refused.delete(part);
      return false;
    },
    add(part, warning) {
      refused.set(part, { warning, untilMs: clock.monotonicMs() + ASK_AGAIN_MS });
    },
    isDue: () => [...refused.values()].some(({ untilMs }) => untilMs <= clock.monotonicMs()),
    clear: () => refused.clear(),
    warnings: () => [...refused.values()].map((entry) => entry.warning),
  };
}

export type BatchOutcome =
  | { readonly kind: 'read'; readonly rows: ProbeRows }
  | {
      readonly kind: 'failed';
      readonly failure: ServerFailure;
      readonly hasIdentity: boolean;
      /** The essential part that the server refused; null when it was not a refusal. */
      readonly refusedPart: ProbePart | null;
    };

/**
 * Sends the statements as one batch; when the server refuses one of them, again one by one, so that the refused one is
 * known and left out from then on. `remainingMs` is asked before every round trip.
 */
export async function readBatch(
  session: Session,
  statements: readonly ProbeStatement[],
  refusals: Refusals,
  remainingMs: () => number,
): Promise<BatchOutcome> {
  const asked = statements.filter((statement) => statement.isEssential || !refusals.isRefused(statement.part));
  if (asked.length === 0) return { kind: 'read', rows: {} };
  const batch = await session.query(
    asked.map((statement) => statement.sql).join('; '),
    remainingMs(),
    'answer the probe',
  );
  if (batch.kind === 'ok') {
    const parts = asked.map((statement, index) => [statement.part, batch.value[index] ?? []] as const);
    return { kind: 'read', rows: Object.fromEntries(parts) };
  }
  if (batch.failure.kind !== 'answered' || session.endedBy !== null) {
    return { kind: 'failed', failure: batch.failure, hasIdentity: false, refusedPart: null };
  }
  return readOneByOne(session, asked, refusals, remainingMs);
}

async function readOneByOne(
  session: Session,
  statements: readonly ProbeStatement[],
  refusals: Refusals,
  remainingMs: () => number,
): Promise<BatchOutcome> {
  const rows: Partial<Record<ProbePart, readonly Row[]>> = {};
  for (const statement of statements) {
    const answer = await session.query(statement.sql, remainingMs(), 'answer the probe');
    if (answer.kind === 'ok') {
      rows[statement.part] = answer.value[0] ?? [];
      continue;
    }
    const isRefusal = answer.failure.kind === 'answered' && session.endedBy === null;
    if (!isRefusal || statement.isEssential) {
      const refusedPart = isRefusal ? statement.part : null;
      return { kind: 'failed', failure: answer.failure, hasIdentity: rows.identity !== undefined, refusedPart };
    }
    refusals.add(statement.part, `cannot read ${statement.whatIsLost}: ${answer.failure.message}`);
  }
  return { kind: 'read', rows };
}
