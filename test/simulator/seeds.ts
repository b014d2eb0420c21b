import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `ORCHESTRATOR_LONG=1` plays tens of thousands. */
export const isLong = process.env.ORCHESTRATOR_LONG === '1';
export const SEEDS_TIMEOUT_MS = isLong ? 3_600_000 : 600_000;

const FOLDER = join(import.meta.dirname, '../../test-results/seeds');

/**
 * The seeds of one test: the one of `ORCHESTRATOR_SEED`; else those that failed before, here or on any machine (`found`), and 1 to
 * the count.
 */
export function seedsOf(
  name: string,
  counts: { readonly short: number; readonly long: number; readonly found?: readonly number[] },
): readonly number[] {
  const chosen = process.env.ORCHESTRATOR_SEED;
  if (chosen !== undefined) return [Number(chosen)];
  const all = Array.from({ length: isLong ? counts.long : counts.short }, (_, index) => index + 1);
  return [...new Set([...(counts.found ?? []), ...keptSeeds(name), ...all])];
}

function keptSeeds(name: string): readonly number[] {
  const file = join(FOLDER, `${name}.txt`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : [];
}

/** Notes a seed that failed, so that the next run plays it first. */
export function keepSeed(name: string, seed: number): void {
  if (keptSeeds(name).includes(seed)) return;
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(join(FOLDER, `${name}.txt`), `${seed}\n`);
}

/** Plays each seed; one that fails is kept, and its story is the error. */
export async function playSeeds(
  name: string,
  seeds: readonly number[],
  play: (seed: number) => Promise<void>,
): Promise<void> {
  for (const seed of seeds) {
    try {
      await play(seed);
    } catch (thrown) {
      keepSeed(name, seed);
      throw thrown;
    }
  }
}

/** The figures of a test are worth something only when its own seeds were played. */
export const areSeedsChosen = (): boolean => process.env.ORCHESTRATOR_SEED !== undefined;
