import { CONTROL_SESSION_SQL } from '../dialect/literal.ts';
import type { Clock } from '../engine/ports.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { Connector } from './connector.ts';
import { type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';

/** What commands need; `user` is our own account, whose sessions are never killed. */
export interface ControlDeps {
  readonly clock: Clock;
  readonly connector: Connector;
  readonly user: string;
}

/** A session with the sql_mode that our literals rely on and a short lock wait; the caller ends it. */
export async function openControlSession(
  deps: ControlDeps,
  key: InstanceKey,
  remainingMs: () => number,
): Promise<Outcome<Session>> {
  const opened = await deps.connector.open(key, { multipleStatements: false }, remainingMs());
  if (opened.kind === 'failed') return opened;
  const prepared = await opened.value.query(CONTROL_SESSION_SQL, remainingMs(), 'prepare the session');
  if (prepared.kind === 'ok') return ok(opened.value);
  opened.value.end();
  return prepared;
}
