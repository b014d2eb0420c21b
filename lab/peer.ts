import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which of several processes holds the other end of a TCP connection on this machine (IPv4). `clientPort` is the far
 * end's port, `listenPort` ours. Returns the key of the process, or null when none of them holds it.
 */
export function findPeer(
  clientPort: number,
  listenPort: number,
  processes: ReadonlyMap<number, number | null>,
): number | null {
  const inode = socketInode(clientPort, listenPort);
  if (inode === null) return null;
  const wanted = `socket:[${inode}]`;
  for (const [key, pid] of processes) {
    if (pid !== null && holds(pid, wanted)) return key;
  }
  return null;
}

function socketInode(clientPort: number, listenPort: number): string | null {
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (portOf(fields[1]) === clientPort && portOf(fields[2]) === listenPort) return fields[9] ?? null;
  }
  return null;
}

/** An address stands there as hexadecimal "0100007F:1F90". */
function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(':')[1] ?? '', 16);
}

function holds(pid: number, wanted: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(pid, fd) === wanted);
  } catch {
    return false;
  }
}

function linkOf(pid: number, fd: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return null;
  }
}
