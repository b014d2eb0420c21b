import type { ExplanationJson } from '../api/types.ts';
import type { Tone } from './card.ts';

type Verdict = ExplanationJson['verdict'];

const VERDICTS: Readonly<Record<Verdict, { readonly tone: Tone; readonly words: string; readonly rank: number }>> = {
  recovering: { tone: 'bad', words: 'recovering', rank: 0 },
  failed: { tone: 'bad', words: 'recovery failed', rank: 1 },
  suspected: { tone: 'warn', words: 'suspected', rank: 2 },
  waiting: { tone: 'warn', words: 'waiting', rank: 3 },
  'not-acting': { tone: 'warn', words: 'not acting', rank: 4 },
  recovered: { tone: 'good', words: 'recovered', rank: 5 },
  healthy: { tone: 'good', words: 'healthy', rank: 6 },
};

/** Colour of a verdict. */
export const verdictTone = (verdict: Verdict): Tone => VERDICTS[verdict].tone;
/** A verdict in plain words. */
export const verdictWords = (verdict: Verdict): string => VERDICTS[verdict].words;
/** Order of urgency, the most urgent first; a cluster without an explanation stands with the healthy. */
export const verdictRank = (verdict: Verdict | undefined): number => VERDICTS[verdict ?? 'healthy'].rank;
