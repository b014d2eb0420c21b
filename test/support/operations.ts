import { expect } from 'vitest';
import type { LabTopology } from '../../lab/index.ts';
import type { OperationOutcome } from '../../src/engine/operations/outcome.ts';
import type { OperationKind } from '../../src/plan/operations/request.ts';
import { type Engine, type EngineOptions, type Extras, openEngine, sentenceOf } from './engine.ts';

export { keyOf, sentenceOf, writeOperatorConfig } from './engine.ts';
export type OperatorOptions = EngineOptions;

/** The engine, and what is expected of its answers. */
export interface Operator extends Engine {
  /** Runs it, and it must be done whole; gives its outcome. */
  done(
    kind: OperationKind,
    server: number,
    destination?: number | null,
    extras?: Extras,
  ): Promise<Extract<OperationOutcome, { kind: 'done' }>>;
  /** Runs it, and it must be refused; gives the refusal. */
  refused(
    kind: OperationKind,
    server: number,
    destination?: number | null,
    extras?: Extras,
  ): Promise<Extract<OperationOutcome, { kind: 'refused' }>['refusal']>;
}

/** See openEngine. */
export async function openOperator(topology: LabTopology, options: OperatorOptions = {}): Promise<Operator> {
  const engine = await openEngine(topology, options);

  async function expectOutcome<K extends OperationOutcome['kind']>(
    kind: K,
    words: Parameters<Engine['run']>,
  ): Promise<Extract<OperationOutcome, { kind: K }>> {
    const outcome = await engine.run(...words);
    expect(outcome.kind, `${words.slice(0, 3).join(' ')}: ${sentenceOf(outcome)}`).toBe(kind);
    return outcome as Extract<OperationOutcome, { kind: K }>;
  }

  return {
    ...engine,
    async done(...words) {
      const outcome = await expectOutcome('done', words);
      expect(outcome.failed).toEqual([]);
      expect(outcome.leftovers).toEqual([]);
      return outcome;
    },
    refused: async (...words) => (await expectOutcome('refused', words)).refusal,
  };
}
