import type { Clock, HostnameResolver, Logger, ResolveStore } from '../engine/ports.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { DETACHED_PREFIX, isHostName } from '../model/instance-key.ts';
import type { HostnameLookup } from './hostname-lookup.ts';

/** A name service that hangs must not hold up discovery. */
const LOOKUP_DEADLINE_MS = 2_000;
const FAILURE_CACHED_MS = 60_000;
const ADDRESS_CACHED_MS = 60_000;

export interface ResolverSettings {
  /** HostnameResolveMethod. */
  readonly method: 'none' | 'default' | 'cname' | 'ip' | '';
  /** ExpiryHostnameResolvesMinutes. */
  readonly expiryMinutes: number;
  /** RejectHostnameResolvePattern, compiled; null for none. */
  readonly rejectPattern: RegExp | null;
}

export interface ResolverDeps {
  readonly store: ResolveStore;
  readonly lookup: HostnameLookup;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface CachedResolve {
  readonly hostname: string;
  readonly resolved: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

export interface CachingHostnameResolver extends HostnameResolver {
  /**
   * One form of a host's name, by the method of the settings. Names that cannot be resolved, or not in time, stay as they are.
   * @throws OrchestratorError `bad-hostname` for an empty name or a list of names.
   */
  resolve(hostname: string): Promise<string>;
  /** Remembers what a server itself says its name is (MySQLHostnameResolveMethod). False when it is rejected. */
  learn(hostname: string, resolved: string): Promise<boolean>;
  /** Takes over what the backend remembers; at the start. */
  load(): Promise<void>;
  /** What is remembered and still holds, for the API; failures are not in it. */
  entries(): readonly CachedResolve[];
  /** Forgets everything, in the backend too. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

interface Remembered {
  readonly resolved: string;
  readonly expiresAtMs: number;
  readonly isFailure: boolean;
}

/**
 * Resolves host names with a cache (historic behaviour: successes hold ExpiryHostnameResolvesMinutes and go to the
 * backend, failures hold one minute; detached names `//host` are never touched). Callers that ask for one name at the
 * same time wait for one look-up.
 */
export function createHostnameResolver(deps: ResolverDeps, settings: ResolverSettings): CachingHostnameResolver {
  const { store, lookup, clock, logger } = deps;
  const cache = new Map<string, Remembered>();
  const underWay = new Map<string, Promise<string>>();
  const addresses = new Map<
    string,
    { readonly answer: Promise<string | null | undefined>; readonly expiresAtMs: number }
  >();

  const remember = (hostname: string, resolved: string, isFailure: boolean): void => {
    const lifetimeMs = isFailure ? FAILURE_CACHED_MS : settings.expiryMinutes * 60_000;
    cache.set(hostname, { resolved, isFailure, expiresAtMs: clock.now() + lifetimeMs });
  };
  const isRejected = (resolved: string): boolean => settings.rejectPattern?.test(resolved) ?? false;

  const save = async (hostname: string, resolved: string): Promise<void> => {
    try {
      await store.write(hostname, resolved);
    } catch (error) {
      logger.warn({ hostname, resolved, err: error }, 'a resolved host name could not be stored');
    }
  };

  const inTime = async <T>(answer: Promise<T>): Promise<T> => {
    const timer = new AbortController();
    // An answer after the deadline has nobody waiting for it.
    answer.catch(() => {});
    try {
      return await Promise.race([
        answer,
        clock.sleep(LOOKUP_DEADLINE_MS, timer.signal).then(() => {
          throw new Error(`no answer from the name service within ${LOOKUP_DEADLINE_MS} ms`);
        }),
      ]);
    } finally {
      timer.abort();
    }
  };

  const lookUp = (hostname: string): Promise<string> =>
    inTime(settings.method === 'ip' ? lookup.address(hostname) : lookup.canonicalName(hostname));

  /** What the backend remembers serves while the name service does not. */
  const fallBack = async (hostname: string, reason: string): Promise<string> => {
    const stored = await store.read(hostname).catch(() => null);
    const resolved = stored ?? hostname;
    remember(hostname, resolved, true);
    logger.warn({ hostname, resolved, reason }, 'a host name could not be resolved');
    return resolved;
  };

  const resolveFresh = async (hostname: string): Promise<string> => {
    let resolved: string;
    try {
      resolved = (await lookUp(hostname)).replace(/\.$/, '');
    } catch (error) {
      return fallBack(hostname, messageOf(error));
    }
    const accepted = resolved === '' || isRejected(resolved) ? hostname : resolved;
    remember(hostname, accepted, false);
    if (accepted !== hostname) await save(hostname, accepted);
    return accepted;
  };

  return {
    async resolve(hostname) {
      if (hostname.startsWith(DETACHED_PREFIX)) return hostname;
      checkHostname(hostname);
      const known = cache.get(hostname);
      if (known && known.expiresAtMs > clock.now()) return known.resolved;
      if (settings.method !== 'cname' && settings.method !== 'ip') return hostname;
      const shared = underWay.get(hostname);
      if (shared) return shared;
      const resolving = resolveFresh(hostname).finally(() => underWay.delete(hostname));
      underWay.set(hostname, resolving);
      return resolving;
    },
    async learn(hostname, resolved) {
      checkHostname(hostname);
      if (resolved === '' || resolved === hostname || isRejected(resolved)) return false;
      const before = cache.get(hostname);
      remember(hostname, resolved, false);
      if (before?.resolved !== resolved) await save(hostname, resolved);
      return true;
    },
    addressOf(hostname) {
      const known = addresses.get(hostname);
      if (known && known.expiresAtMs > clock.now()) return known.answer;
      // What fails is an answer, too; only the deadline is none.
      const answer = inTime(lookup.address(hostname).catch(() => null)).catch(() => undefined);
      addresses.set(hostname, { answer, expiresAtMs: clock.now() + ADDRESS_CACHED_MS });
      return answer;
    },
    async load() {
      for (const [hostname, resolved] of await store.readAll()) {
        if (!isRejected(resolved)) remember(hostname, resolved, false);
      }
    },
    entries: () =>
      [...cache]
        .filter(([, known]) => !known.isFailure && known.expiresAtMs > clock.now())
        .map(([hostname, { resolved, expiresAtMs }]) => ({ hostname, resolved, expiresAtMs })),
    async clear() {
      cache.clear();
      addresses.clear();
      await store.clear();
    },
    close() {
      cache.clear();
      addresses.clear();
      return Promise.resolve();
    },
  };
}

function checkHostname(hostname: string): void {
  if (isHostName(hostname)) return;
  throw new OrchestratorError(
    'bad-hostname',
    hostname === ''
      ? 'A host name is empty; give host:port.'
      : `"${hostname}" is a list, not a host name; give one host.`,
    { details: { hostname } },
  );
}
