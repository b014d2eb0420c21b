import type { OperationOutcome } from '../../src/engine/operations/outcome.ts';
import type { OperationKind, OperationRequest } from '../../src/plan/operations/request.ts';

/** What a random walk asks for: a kind, a server and where to. */
export interface WalkStep {
  readonly kind: OperationKind;
  readonly server: number;
  readonly destination: number | null;
}

/** Kinds by how often they are asked for. */
const WALK_KINDS: readonly (readonly [OperationKind, number, 'nowhere' | 'anywhere'])[] = [
  ['relocate', 8, 'anywhere'],
  ['relocate-replicas', 3, 'anywhere'],
  ['move-up', 2, 'nowhere'],
  ['move-up-replicas', 1, 'nowhere'],
  ['move-below', 2, 'anywhere'],
  ['move-gtid', 1, 'anywhere'],
  ['repoint', 1, 'nowhere'],
  ['take-siblings', 1, 'nowhere'],
  ['take-master', 2, 'nowhere'],
  ['regroup-replicas', 1, 'nowhere'],
  ['restart-replica', 1, 'nowhere'],
];

/** A generator of numbers from 0 up to 1; the same seed gives the same walk. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One step of the walk, legal or not. `numbers` are the servers, the first of them the primary. */
export function nextStep(random: () => number, numbers: readonly number[]): WalkStep {
  const pick = (from: readonly number[]): number => from[Math.floor(random() * from.length)] ?? 0;
  const all = WALK_KINDS.flatMap(([kind, often, where]) => Array.from({ length: often }, () => ({ kind, where })));
  const chosen = all[Math.floor(random() * all.length)] ?? { kind: 'relocate' as const, where: 'anywhere' as const };
  const server = pick(numbers);
  return { kind: chosen.kind, server, destination: chosen.where === 'anywhere' ? pick(numbers) : null };
}

/** The tree after an operation: `sources` by port, changed in place by what the plan says it has changed. */
export function follow(sources: Map<number, number>, outcome: OperationOutcome): void {
  if (outcome.kind !== 'done') return;
  const failed = new Set(outcome.failed.map(({ server }) => server.port));
  for (const effect of outcome.plan.effects) {
    if (effect.kind !== 'source' || effect.source === null || failed.has(effect.server.port)) continue;
    sources.set(effect.server.port, effect.source.port);
  }
}

/** True for an answer which only says that nobody has written this kind of operation yet. */
export const isMissing = (outcome: OperationOutcome, { kind }: Pick<OperationRequest, 'kind'>): boolean =>
  outcome.kind === 'refused' && outcome.refusal.reason === `${kind} is not available`;
