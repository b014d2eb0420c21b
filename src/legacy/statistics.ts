/** Figures of some numbers; all 0 when there are none. */
export interface Statistics {
  readonly min: number;
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

const NONE: Statistics = { min: 0, mean: 0, median: 0, p95: 0, max: 0 };

/** Figures as dashboards know them: the 95th percentile lies on a sample, or halfway between the two around it (recorded). */
export function statisticsOf(values: readonly number[]): Statistics {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  if (min === undefined) return NONE;
  const at = (index: number): number => sorted[Math.min(Math.max(index, 0), sorted.length - 1)] ?? 0;
  const middle = sorted.length / 2;
  return {
    min,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle)),
    p95: percentile(sorted.length, 95, at),
    max: at(sorted.length - 1),
  };
}

function percentile(count: number, percent: number, at: (index: number) => number): number {
  const place = (percent * count) / 100;
  if (Number.isInteger(place)) return at(place - 1);
  const floor = Math.floor(place);
  return floor < 1 ? at(0) : (at(floor - 1) + at(floor)) / 2;
}
