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

/** What a downtime lasts when nothing is said. */
export const DEFAULT_DOWNTIME_SECONDS = 600;
