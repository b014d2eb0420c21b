import type { OperationRequest } from '../../plan/operations/request.ts';
import type { ServerTrouble } from '../executor/run-plan.ts';
import type { OperationOutcome } from './outcome.ts';

/** An operation that was begun has ended so. */
export type OperationEnd = Extract<OperationOutcome, { readonly kind: 'done' | 'failed' }>;

/** An operation that has ended, its servers unlocked. */
export interface EndedOperation {
  readonly request: OperationRequest;
  readonly end: OperationEnd;
  /** The process that began it had died in the middle. */
  readonly isLeftBehind: boolean;
  audit(message: string): void;
  /** Stores the request anew, with how far what comes after has come: our next start goes on from there. Never rejects. */
  remember(request: OperationRequest): Promise<void>;
}

/**
 * What comes after an operation. Where it was done, it is forgotten only afterwards: should we die meanwhile, whoever finishes it
 * does this as well. What it returns goes into the answer. Never rejects.
 */
export type AfterOperation = (ended: EndedOperation) => Promise<readonly ServerTrouble[]>;

/** One after the other. */
export const inTurn =
  (...all: readonly AfterOperation[]): AfterOperation =>
  async (ended) => {
    const troubles: ServerTrouble[] = [];
    for (const after of all) troubles.push(...(await after(ended)));
    return troubles;
  };
