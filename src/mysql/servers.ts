import { renderCommand } from '../dialect/statements.ts';
import type { Clock, Logger, ProbeOutcome, ProbeRequest, Servers, SessionEvent } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';
import { createConnector } from './connector.ts';
import { executeCommand } from './control.ts';
import { createControlSessions } from './control-session.ts';
import { ok } from './failure.ts';
import { createHeldLocks } from './held-locks.ts';
import { type InquiryDeps, inquire } from './inquiries.ts';
import { withPlacesOf } from './places.ts';
import { createProbeQueue } from './probe-queue.ts';
import { createProber, type Prober } from './prober.ts';
import type { ServersSettings } from './settings.ts';

interface Held {
  readonly prober: Prober;
  readonly probe: (request: ProbeRequest) => Promise<ProbeOutcome>;
}

/**
 * The port to real servers: one pinned probe session per server, opened by its first probe, and a session of its own for
 * every command and knock. Nothing connects before it is asked to.
 */
export function createServers(
  deps: { readonly clock: Clock; readonly logger: Logger },
  settings: ServersSettings,
): Servers {
  const { clock, logger } = deps;
  const connector = createConnector(clock, settings);
  const sessions = createControlSessions(clock, connector);
  const { user, replicationCredentialsQuery } = settings;
  const locks = createHeldLocks(clock, sessions);
  const logInAs: InquiryDeps['logInAs'] = async (key, account, deadlineMs) => {
    const opened = await createConnector(clock, { ...settings, ...account }).open(
      key,
      { multipleStatements: false },
      deadlineMs,
    );
    if (opened.kind === 'failed') return opened;
    opened.value.end();
    return ok(null);
  };
  const inquiryDeps = { clock, sessions, user, replicationCredentialsQuery, logInAs };
  const held = new Map<string, Held>();
  const listeners = new Set<(event: SessionEvent) => void>();

  function emit(event: SessionEvent): void {
    logger.debug({ server: formatKey(event.key), failure: event.failure.message }, 'pinned session lost');
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (thrown) {
        logger.error({ server: formatKey(event.key), error: messageOf(thrown) }, 'session event listener failed');
      }
    }
  }

  function holdOf(key: InstanceKey): Held {
    const name = formatKey(key);
    const known = held.get(name);
    if (known !== undefined) return known;
    const prober = createProber(key, { clock, connector, emit }, settings);
    const fresh = { prober, probe: createProbeQueue(clock, key, prober) };
    held.set(name, fresh);
    return fresh;
  }

  return {
    probe: (key, request) => holdOf(key).probe(request),
    async knock(key, deadlineMs) {
      const opened = await connector.open(key, { multipleStatements: false }, deadlineMs);
      if (opened.kind === 'failed') return opened;
      opened.value.end();
      return { kind: 'answered' };
    },
    execute: (instance, command, { deadlineMs }) =>
      executeCommand({ clock, sessions, locks, user }, instance, command, deadlineMs),
    inquire: (instance, inquiry, options) => inquire(inquiryDeps, instance, inquiry, options),
    renamed: (instance, key) => withPlacesOf(instance, key, settings.classification),
    render: (instance, command) => renderCommand(instance, command).map((statement) => statement.shownAs),
    onSessionEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    release(key) {
      const name = formatKey(key);
      held.get(name)?.prober.release();
      held.delete(name);
      sessions.forget(key);
      locks.forget(key);
      connector.forget(key);
    },
    async close() {
      for (const { prober } of held.values()) prober.release();
      held.clear();
      sessions.close();
      locks.close();
      listeners.clear();
    },
  };
}
