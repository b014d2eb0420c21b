import type { Clock } from '../engine/ports.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';
import { isAtLeast, parseVersion } from '../model/version.ts';

/** TLS towards the servers; texts are PEM, read by whoever knows the files. */
export interface TlsSettings {
  /** never; mixed: where a server turns out to need it (MySQLTopologyUseMixedTLS); always (MySQLTopologyUseMutualTLS). */
  readonly mode: 'never' | 'mixed' | 'always';
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly skipVerify: boolean;
  /** How long a server's need for TLS is remembered: TLSCacheTTLFactor × poll interval. */
  readonly rememberMs: number;
}

/** What the driver wants as `ssl`. */
export interface DriverTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
  readonly minVersion?: string;
  readonly ciphers?: string;
}

/** How long a server that refused us with and without TLS is not tried with TLS again. */
const REFUSED_BOTH_MS = 60_000;

/**
 * The driver's options for a server of that version. Community builds of 5.6 speak TLS 1.0 only, which today's OpenSSL
 * permits at security level 0 alone; nobody else gets that.
 */
export function driverTls(settings: TlsSettings, serverVersion: string): DriverTls {
  const version = parseVersion(serverVersion);
  const isLegacy = version.flavour !== 'mariadb' && version.major > 0 && !isAtLeast(version, 5, 7);
  return {
    ...(settings.ca === null ? {} : { ca: settings.ca }),
    ...(settings.cert === null ? {} : { cert: settings.cert }),
    ...(settings.key === null ? {} : { key: settings.key }),
    rejectUnauthorized: !settings.skipVerify,
    ...(isLegacy ? { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}

/** Remembers, per server, whether TLS is needed; only mode `mixed` has something to remember. */
export interface TlsNeeds {
  /** Whether to begin with TLS, and whether TLS may be tried when the server refuses without it. */
  planFor(key: InstanceKey): { readonly begin: boolean; readonly mayRetry: boolean };
  learn(key: InstanceKey, isNeeded: boolean): void;
  forget(key: InstanceKey): void;
}

export function createTlsNeeds(clock: Clock, settings: TlsSettings): TlsNeeds {
  const known = new Map<string, { readonly isNeeded: boolean; readonly untilMs: number }>();
  return {
    planFor(key) {
      if (settings.mode !== 'mixed') return { begin: settings.mode === 'always', mayRetry: false };
      const entry = known.get(formatKey(key));
      if (entry === undefined || entry.untilMs < clock.monotonicMs()) return { begin: false, mayRetry: true };
      return { begin: entry.isNeeded, mayRetry: false };
    },
    learn(key, isNeeded) {
      const forMs = isNeeded ? settings.rememberMs : REFUSED_BOTH_MS;
      known.set(formatKey(key), { isNeeded, untilMs: clock.monotonicMs() + forMs });
    },
    forget(key) {
      known.delete(formatKey(key));
    },
  };
}
