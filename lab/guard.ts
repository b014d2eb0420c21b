import { spawn } from 'node:child_process';

/**
 * Waits until its standard input closes, which the kernel sees to however the owner ends (exit, Ctrl-C, kill -9), then
 * kills every server whose command line still names the topology's folder, and removes the folder if asked to.
 */
const SCRIPT = `
cat >/dev/null
killed=no
for file in "$1"/*/server.pid; do
  pid=$(cat "$file" 2>/dev/null) || continue
  if tr '\\000' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1/"; then kill -9 "$pid"; killed=yes; fi
done
[ "$killed" = no ] || sleep 0.5
[ "$2" = keep ] || rm -rf "$1"
`;

export interface Guard {
  /** Lets the guard do its work now: servers of the topology end, and the folder goes unless it is to be kept. */
  release(): Promise<void>;
}

/** Starts a small process which outlives this one and stops the topology's servers when this one is gone. */
export function startGuard(dir: string, keepDir: boolean): Guard {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'orchestrator-lab-guard', dir, keepDir ? 'keep' : 'remove'], {
    // In a session of its own, so that Ctrl-C does not reach it.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  child.unref();
  // The pipe is a socket, and must not keep this process alive either.
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  child.stdin.on('error', () => undefined);
  return {
    release() {
      child.ref();
      child.stdin.end();
      return ended;
    },
  };
}
