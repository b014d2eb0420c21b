import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { UPTIME_SLACK_MS } from '../../model/uptime.ts';
import type { Clock } from '../ports.ts';

/*
 * A server that takes rows from its source only is closed: it is read-only, and has no other channel. One that was closed at two readings
 * may have been opened between them; so for how long it was out of sight, and whether it has been started again, counts too.
 */

/** How long a server was closed at every reading of ours, epoch milliseconds. It may be closed still, or out of sight. */
export interface ClosedSpan {
  /** The first of these readings. */
  readonly fromMs: number;
  /** The last. */
  readonly toMs: number;
  /** The latest time at which it can have been started. */
  readonly upSinceMs: number;
  /** Nobody here had seen it before; else it was seen open, started anew or another server, or was out of sight for long. */
  readonly isFirst: boolean;
}

export interface ClosedSpans {
  /**
   * A server answered. `tellsUptime`: its uptime was asked just now.
   * @returns true when it is closed, and was when it was seen before, with nothing against it meanwhile.
   */
  sighted(instance: Instance, tellsUptime: boolean): boolean;
  /** null: it was open at its last reading, or never read. */
  of(key: InstanceKey): ClosedSpan | null;
  forget(key: InstanceKey): void;
}

/** The last reading; monotonic times. */
interface Sight {
  readonly identity: string;
  readonly atMs: number;
  readonly upSinceMs: number;
  /** null: it was open. */
  readonly span: Omit<ClosedSpan, 'upSinceMs'> | null;
}

/** True where all rows that it gets come from its source only, as long as it stays so. */
export const isClosed = ({ isReadOnly, otherChannels }: Instance): boolean => isReadOnly && otherChannels.length === 0;

/** MariaDB has no uuid: another server at the address is told by what else it says of itself. */
const identityOf = ({ serverUuid, serverId, version, mysqlHostname }: Instance): string =>
  JSON.stringify([serverUuid, serverId, version, mysqlHostname]);

export function createClosedSpans(
  deps: { readonly clock: Pick<Clock, 'now' | 'monotonicMs'> },
  settings: {
    /** See Fleet. */
    outOfSightMs(): number;
  },
): ClosedSpans {
  const { clock } = deps;
  const sights = new Map<string, Sight>();

  /** When it was started, at the latest: a reading that does not tell the uptime says that it is up. */
  function upSinceOf({ uptimeSeconds }: Instance, before: Sight | undefined, tellsUptime: boolean): number {
    const nowMs = clock.monotonicMs();
    return tellsUptime ? nowMs - uptimeSeconds * 1000 : (before?.upSinceMs ?? nowMs);
  }

  /** It is the same, and was neither out of sight for long nor restarted since. */
  const isUnbroken = (now: Omit<Sight, 'span'>, before: Sight): boolean =>
    before.identity === now.identity &&
    now.atMs - before.atMs <= settings.outOfSightMs() &&
    now.upSinceMs <= before.upSinceMs + UPTIME_SLACK_MS;

  return {
    sighted(instance, tellsUptime) {
      const name = formatKey(instance.key);
      const before = sights.get(name);
      const now = {
        identity: identityOf(instance),
        atMs: clock.monotonicMs(),
        upSinceMs: upSinceOf(instance, before, tellsUptime),
      };
      const toMs = clock.now();
      const last = before !== undefined && isUnbroken(now, before) ? before.span : null;
      const begun = { fromMs: toMs, toMs, isFirst: before === undefined };
      const span = !isClosed(instance) ? null : last === null ? begun : { ...last, toMs };
      sights.set(name, { ...now, span });
      return span !== null && last !== null;
    },
    of(key) {
      const sight = sights.get(formatKey(key));
      if (sight === undefined || sight.span === null) return null;
      return { ...sight.span, upSinceMs: clock.now() - (clock.monotonicMs() - sight.upSinceMs) };
    },
    forget(key) {
      sights.delete(formatKey(key));
    },
  };
}
