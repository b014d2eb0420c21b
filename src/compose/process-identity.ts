import { readFileSync } from 'node:fs';
import type { OwnerLife } from '../engine/ports.ts';

/**
 * Names a process so that no later one is taken for it: `host:mark:pid`. The mark is the boot and the moment of its start, since
 * numbers come again: after a reboot, and in a container where every process is number 1. Without /proc it is '-'.
 */
export const ownerOf = (hostname: string, pid: number): string => `${hostname}:${markOf(pid) ?? '-'}:${pid}`;

/**
 * Whether the process that ownerOf named still runs. Under another host name it may be a container's on this machine, told by the
 * boot: then what the backend knows counts (`life`). Of another machine's process nothing is known, so it counts as alive, whatever
 * the backend says: locks of a file that another kernel may have mounted prove nothing.
 */
export function isOwnerAlive(owner: string, ownHostname: string, life: OwnerLife = 'unknown'): boolean {
  const parts = /^(.*?)(?::([^:]*))?:(\d+)$/.exec(owner);
  if (parts === null) return false;
  const [, host, mark = '-', pid] = parts;
  if (life === 'alive') return true;
  if (host !== ownHostname) return life === 'unknown' || !isOfThisBoot(mark);
  const now = markOf(Number(pid));
  return now === null || mark === '-' ? isNumberInUse(Number(pid)) : now === mark;
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);

function isOfThisBoot(mark: string): boolean {
  try {
    return mark.startsWith(`${bootId()}-`);
  } catch {
    return false;
  }
}

/** Of the process that has this number now; null when there is none, or the system does not tell. */
function markOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold anything; field 22, the 20th behind it, is the start in ticks since the boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (start === undefined) return null;
    return state === 'Z' ? 'ended' : `${bootId()}-${start}`;
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
