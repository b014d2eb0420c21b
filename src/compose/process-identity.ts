import { readFileSync } from 'node:fs';

/**
 * Names a process so that no later one is taken for it: `host:mark:pid`. The mark is the boot and the moment of its start, since
 * numbers come again: after a reboot, and in a container where every process is number 1. Without /proc it is '-'.
 */
export const ownerOf = (hostname: string, pid: number): string => `${hostname}:${markOf(pid) ?? '-'}:${pid}`;

/** Whether the process that ownerOf named still runs; of another machine's process nothing is known, so it counts as alive. */
export function isOwnerAlive(owner: string, ownHostname: string): boolean {
  const parts = /^(.*?)(?::([^:]*))?:(\d+)$/.exec(owner);
  if (parts === null) return false;
  const [, host, mark = '-', pid] = parts;
  if (host !== ownHostname) return true;
  const now = markOf(Number(pid));
  return now === null || mark === '-' ? isNumberInUse(Number(pid)) : now === mark;
}

/** Of the process that has this number now; null when there is none, or the system does not tell. */
function markOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold anything; field 22, the 20th behind it, is the start in ticks since the boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (start === undefined) return null;
    return state === 'Z' ? 'ended' : `${boot.slice(0, 8)}-${start}`;
  } catch {
    return null;
  }
}

function isNumberInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as { readonly code?: string }).code === 'EPERM';
  }
}
