/** A span of time for people: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. `seconds` may have decimals. */
export function formatSpan(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** Local time of day with milliseconds, `13:05:09.123`; `atMs` epoch milliseconds. */
export function formatClock(atMs: number): string {
  const date = new Date(atMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Epoch milliseconds of a timestamp of the API (`2026-11-21 04:50:22`, in UTC, or RFC 3339); null when there is none. */
export function parseTimestamp(text: string): number | null {
  if (text === '') return null;
  const isPlain = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(text);
  const atMs = Date.parse(isPlain ? `${text.replace(' ', 'T')}Z` : text);
  return Number.isNaN(atMs) ? null : atMs;
}

/** A timestamp of the API in the reader's own time zone, `2026-11-21 05:50:22`; the text itself when it is none. */
export function localTimestamp(text: string): string {
  const atMs = parseTimestamp(text);
  if (atMs === null) return text;
  const date = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** `1 server`, `4 servers`. */
export const countOf = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
