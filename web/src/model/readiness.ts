import type { ReadinessJson } from '../api/types.ts';
import type { Tone } from './card.ts';

type Verdict = ReadinessJson['verdict'];
type Key = NonNullable<ReadinessJson['successor']>;

const VERDICTS: Readonly<Record<Verdict, { readonly tone: Tone; readonly words: string }>> = {
  ready: { tone: 'good', words: 'ready to fail over' },
  degraded: { tone: 'warn', words: 'ready, with reservations' },
  blocked: { tone: 'bad', words: 'would not fail over' },
};

/** Colour of a verdict. */
export const readinessTone = (verdict: Verdict): Tone => VERDICTS[verdict].tone;
/** A verdict in plain words. */
export const readinessWords = (verdict: Verdict): string => VERDICTS[verdict].words;

/** `host:port`; `nobody` for null. */
export const serverOf = (key: Key | null): string => (key === null ? 'nobody' : `${key.hostname}:${key.port}`);

/** `140 ms`, `2.5 s`, `3 min`; `not known` for null. */
export function durationWords(ms: number | null): string {
  if (ms === null) return 'not known';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 60_000)} min`;
}
