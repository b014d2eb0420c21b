import type { Clock } from '../engine/ports.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';
import type { ControlSessions } from './control-session.ts';
import { type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';

/** Global read locks, each on a session of its own that is kept open for it: the server lets go of the lock when the session ends. */
export interface HeldLocks {
  /** Takes the lock with this statement; one that is held already, on a session that still stands, is kept. */
  hold(key: InstanceKey, sql: string, deadlineMs: number): Promise<Outcome<null>>;
  /** Gives it back with this statement. Done too when none is held: then its session has ended, and the lock with it. */
  release(key: InstanceKey, sql: string, deadlineMs: number): Promise<Outcome<null>>;
  /** Ends the session at once. */
  forget(key: InstanceKey): void;
  close(): void;
}

export function createHeldLocks(clock: Clock, sessions: ControlSessions): HeldLocks {
  const held = new Map<string, Session>();

  function drop(name: string): void {
    held.get(name)?.destroy();
    held.delete(name);
  }

  return {
    async hold(key, sql, deadlineMs) {
      const name = formatKey(key);
      if (held.get(name)?.endedBy === null) return ok(null);
      const startMs = clock.monotonicMs();
      const remainingMs = (): number => deadlineMs - (clock.monotonicMs() - startMs);
      const taken = await sessions.take(key, remainingMs, (session) =>
        session.query(sql, remainingMs(), 'lock itself'),
      );
      if (taken.kind === 'failed') return taken;
      held.set(name, taken.value);
      return ok(null);
    },
    async release(key, sql, deadlineMs) {
      const name = formatKey(key);
      const session = held.get(name);
      held.delete(name);
      if (session === undefined || session.endedBy !== null) return ok(null);
      const answer = await session.query(sql, deadlineMs, 'unlock itself');
      // Whatever it answered: without its session there is no lock.
      if (answer.kind === 'ok') session.end();
      else session.destroy();
      return ok(null);
    },
    forget: (key) => drop(formatKey(key)),
    close() {
      for (const name of [...held.keys()]) drop(name);
    },
  };
}
