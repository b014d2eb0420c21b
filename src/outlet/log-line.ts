/** Fields that say nothing to a person reading. */
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'v']);
const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/**
 * Turns one JSON line of the log into one line for people: `2026-01-31 12:00:00.123 INFO message key=value …`.
 * A line that is not JSON is given back as it is. A stack, where there is one, follows on lines of its own.
 */
export function formatLogLine(json: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const time = typeof record.time === 'number' ? localTime(new Date(record.time)) : '';
  const level = (LEVEL_NAMES[Number(record.level)] ?? String(record.level)).padEnd(5);
  const fields = Object.entries(record)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => formatField(name, value));
  const stack = stackOf(record.err);
  return `${[time, level, String(record.msg ?? ''), ...fields].join(' ')}\n${stack === '' ? '' : `${stack}\n`}`;
}

function formatField(name: string, value: unknown): string {
  if (name === 'err' && typeof value === 'object' && value !== null) {
    const { code, message } = value as { readonly code?: unknown; readonly message?: unknown };
    return `err=${JSON.stringify(String(message ?? ''))}${code === undefined ? '' : ` code=${String(code)}`}`;
  }
  if (typeof value === 'string') return `${name}=${/^[\w.:,@/+-]+$/.test(value) ? value : JSON.stringify(value)}`;
  return `${name}=${JSON.stringify(value)}`;
}

const stackOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : '';

const two = (value: number): string => String(value).padStart(2, '0');

const localTime = (at: Date): string =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
