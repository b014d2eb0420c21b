const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads a duration as flags and paths write it: `30s`, `10m`, `4h`, `2d`, `1w`; a bare number is seconds.
 * @returns seconds, or null when the text is no duration.
 */
export function parseDurationSeconds(text: string): number | null {
  const match = /^(\d+)([smhdw]?)$/.exec(text.trim());
  if (match === null) return null;
  return Number(match[1]) * (SECONDS_PER_UNIT[match[2] || 's'] ?? 1);
}

/** A time that has passed, as Go prints a duration: `701.346µs`, `1.5ms`, `2.25s`. Whole nanoseconds at the finest. */
export function goDuration(elapsedMs: number): string {
  const [value, unit] =
    elapsedMs >= 1000 ? [elapsedMs / 1000, 's'] : elapsedMs >= 1 ? [elapsedMs, 'ms'] : [elapsedMs * 1000, 'µs'];
  return `${Number(value.toFixed(unit === 's' ? 9 : unit === 'ms' ? 6 : 3))}${unit}`;
}

/** What a downtime lasts when nothing is said. */
export const DEFAULT_DOWNTIME_SECONDS = 600;
