import { CONTROL_SESSION_SQL } from '../dialect/literal.ts';
import type { Clock } from '../engine/ports.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';
import type { Connector } from './connector.ts';
import { failed, type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';

/** A session that was given back is ended when nobody wants it for this long. */
const KEPT_FOR_MS = 2_000;

/**
 * Sessions for commands, with the sql_mode that our literals rely on and a short lock wait. Each is used by one command at a
 * time, so commands run side by side; one that was given back serves the next command of the same server, since in a recovery
 * several follow each other and each login would cost as much as the command.
 */
export interface ControlSessions {
  /** Runs `work` on a session of its own. A kept session that turns out to be closed is replaced, and `work` begun again. */
  use<T>(
    key: InstanceKey,
    remainingMs: () => number,
    work: (session: Session) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>>;
  /** The same, and the session is the caller's from then on: it is not given back when the work succeeds. */
  take<T>(
    key: InstanceKey,
    remainingMs: () => number,
    work: (session: Session) => Promise<Outcome<T>>,
  ): Promise<Outcome<Session>>;
  /** Sees to it that so many are kept, so that none of as many commands has to wait for a login. */
  prepare(key: InstanceKey, count: number, remainingMs: () => number): Promise<Outcome<null>>;
  /** Ends what is kept for a server. */
  forget(key: InstanceKey): void;
  /** Ends everything that is kept. */
  close(): void;
}

/** What commands need; `user` is our own account, whose sessions are never killed. */
export interface ControlDeps {
  readonly clock: Clock;
  readonly sessions: ControlSessions;
  readonly user: string;
}

interface Kept {
  readonly session: Session;
  readonly expiry: AbortController;
}

export function createControlSessions(clock: Clock, connector: Connector): ControlSessions {
  const kept = new Map<string, Kept[]>();

  async function open(key: InstanceKey, remainingMs: () => number): Promise<Outcome<Session>> {
    const opened = await connector.open(key, { multipleStatements: false }, remainingMs());
    if (opened.kind === 'failed') return opened;
    const prepared = await opened.value.query(CONTROL_SESSION_SQL, remainingMs(), 'prepare the session');
    if (prepared.kind === 'ok') return ok(opened.value);
    opened.value.end();
    return prepared;
  }

  function takeKept(name: string): Session | null {
    for (;;) {
      const entry = kept.get(name)?.pop();
      if (entry === undefined) return null;
      entry.expiry.abort('taken');
      if (entry.session.endedBy === null) return entry.session;
    }
  }

  function keep(name: string, session: Session): void {
    if (session.endedBy !== null) return;
    const entry: Kept = { session, expiry: new AbortController() };
    kept.set(name, [...(kept.get(name) ?? []), entry]);
    void clock.sleep(KEPT_FOR_MS, entry.expiry.signal).then(() => {
      if (!entry.expiry.signal.aborted) drop(name, entry);
    });
  }

  function drop(name: string, entry: Kept): void {
    const rest = (kept.get(name) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) kept.delete(name);
    else kept.set(name, rest);
    entry.session.end();
  }

  function forgetName(name: string): void {
    for (const entry of kept.get(name) ?? []) {
      entry.expiry.abort('forgotten');
      entry.session.end();
    }
    kept.delete(name);
  }

  /** Runs `work`; the session with which it succeeded is left to the caller. */
  async function attempt<T>(
    key: InstanceKey,
    remainingMs: () => number,
    work: (session: Session) => Promise<Outcome<T>>,
  ): Promise<Outcome<{ readonly session: Session; readonly value: T }>> {
    for (;;) {
      const known = takeKept(formatKey(key));
      const opened = known === null ? await open(key, remainingMs) : ok(known);
      if (opened.kind === 'failed') return failed(opened.failure);
      const session = opened.value;
      const outcome = await work(session);
      if (outcome.kind === 'ok') return ok({ session, value: outcome.value });
      session.end();
      // Only a session that had been lying idle can have been closed before it was used; a fresh one tells of the server.
      if (outcome.failure.kind !== 'closed' || known === null) return outcome;
    }
  }

  return {
    async use(key, remainingMs, work) {
      const outcome = await attempt(key, remainingMs, work);
      if (outcome.kind === 'failed') return outcome;
      keep(formatKey(key), outcome.value.session);
      return ok(outcome.value.value);
    },
    async take(key, remainingMs, work) {
      const outcome = await attempt(key, remainingMs, work);
      return outcome.kind === 'failed' ? outcome : ok(outcome.value.session);
    },
    async prepare(key, count, remainingMs) {
      const name = formatKey(key);
      const missing = Math.max(0, count - (kept.get(name)?.length ?? 0));
      const opened = await Promise.all(Array.from({ length: missing }, () => open(key, remainingMs)));
      for (const one of opened) if (one.kind === 'ok') keep(name, one.value);
      const refused = opened.find((one) => one.kind === 'failed');
      return refused?.kind === 'failed' ? refused : ok(null);
    },
    forget: (key) => forgetName(formatKey(key)),
    close() {
      for (const name of [...kept.keys()]) forgetName(name);
    },
  };
}
