import type { Clock, ServerFailure } from '../engine/ports.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { ERRNO, type Outcome } from './failure.ts';
import { createHostLookup } from './host-lookup.ts';
import { openSession, type Session } from './session.ts';
import type { ServersSettings } from './settings.ts';
import { createTlsNeeds, driverTls } from './tls.ts';

/** Opens sessions with the topology account; decides about TLS and remembers which server needs it. */
export interface Connector {
  /** Connects and logs in within `deadlineMs` and the configured connect timeout, whichever is shorter. */
  open(key: InstanceKey, options: { multipleStatements: boolean }, deadlineMs: number): Promise<Outcome<Session>>;
  forget(key: InstanceKey): void;
}

export function createConnector(clock: Clock, settings: ServersSettings): Connector {
  const needs = createTlsNeeds(clock, settings.tls);
  const lookup = createHostLookup(clock);
  return {
    async open(key, { multipleStatements }, deadlineMs) {
      const limitMs = Math.min(deadlineMs, settings.connectTimeoutMs);
      const startMs = clock.monotonicMs();
      const attempt = (withTls: boolean): Promise<Outcome<Session>> =>
        openSession(
          clock,
          key,
          {
            user: settings.user,
            password: settings.password,
            multipleStatements,
            lookup,
            tls: withTls ? (serverVersion) => driverTls(settings.tls, serverVersion) : null,
          },
          limitMs - (clock.monotonicMs() - startMs),
        );
      const plan = needs.planFor(key);
      const first = await attempt(plan.begin);
      if (first.kind === 'ok' || !plan.mayRetry || !maySayTlsNeeded(first.failure)) return first;
      const second = await attempt(true);
      if (second.kind === 'ok') needs.learn(key, true);
      else if (second.failure.kind === 'answered') needs.learn(key, false);
      // Without TLS "wrong password" is the better explanation; "TLS required" is no explanation of why TLS failed.
      return second.kind === 'ok' || first.failure.errorNumber === ERRNO.tlsRequired ? second : first;
    },
    forget: (key) => needs.forget(key),
  };
}

/** 3159 says it; 1045 is what an account created with REQUIRE SSL gets (historic rule of mixed TLS). */
const maySayTlsNeeded = (failure: ServerFailure): boolean =>
  failure.errorNumber === ERRNO.tlsRequired || failure.errorNumber === ERRNO.accessDenied;
