import { readFileSync } from 'node:fs';

export interface Usage {
  /** CPU time of all threads so far, milliseconds. */
  readonly cpuMs: number;
  /** Memory now in use, megabytes (10⁶ bytes). */
  readonly residentMb: number;
}

/** The kernel counts CPU time in hundredths of a second. */
const TICK_MS = 10;
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** What a process has used, as the kernel says. Linux only. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Counted from behind the name, which stands in parentheses and may itself contain blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return {
    cpuMs: (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * TICK_MS,
    residentMb: (Number(resident?.[1] ?? 0) * 1024) / 1e6,
  };
}
