import { OrchestratorError } from '../../../model/error.ts';
import type { Session } from '../../database.ts';

/** Runs a transaction on the tables of intent and lets the change be noticed. */
export type Write = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** What a varchar column of the historic tables holds. */
const MAX_CHARACTERS = 128;

export const fits = (value: string): boolean => [...value].length <= MAX_CHARACTERS;

/**
 * Refuses what people wrote when it does not fit: SQLite would keep it, MySQL not, and cut short it would mean something else.
 * @param what e.g. `tag value`, for the message.
 * @throws OrchestratorError `store-value-too-long`.
 */
export function requireFit(what: string, value: string): void {
  if (fits(value)) return;
  const { length } = [...value];
  throw new OrchestratorError(
    'store-value-too-long',
    `the ${what} "${value.slice(0, 40)}…" has ${length} characters and the backend keeps ${MAX_CHARACTERS}; shorten it`,
  );
}
