import { OrchestratorError } from './error.ts';

/** The address of one server: what tables, locks and the API call an instance. `port` 0 with hostname '' means "none". */
export interface InstanceKey {
  readonly hostname: string;
  readonly port: number;
}

/** Prefix that a detached replica carries on its source's hostname, so that it cannot connect but remembers where it was. */
export const DETACHED_PREFIX = '//';

/** `host:port`, the name of a server in every text, log line and map. IPv6 addresses are put in brackets. */
export function formatKey(key: InstanceKey): string {
  const host = key.hostname.includes(':') && !key.hostname.startsWith('[') ? `[${key.hostname}]` : key.hostname;
  return `${host}:${key.port}`;
}

/**
 * Reads `host:port`, `host` (then `defaultPort` holds), `[ipv6]:port` or `//host:port` (detached).
 * @throws OrchestratorError `bad-instance-key` naming the text and the expected form.
 */
export function parseKey(text: string, defaultPort: number): InstanceKey {
  const trimmed = text.trim();
  const match =
    /^\[([0-9a-fA-F:.%]+)\](?::(\d+))?$/.exec(trimmed) ?? /^((?:\/\/)?[^\s:,[\]]+)(?::(\d+))?$/.exec(trimmed);
  const hostname = match?.[1];
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (hostname === undefined || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new OrchestratorError(
      'bad-instance-key',
      `"${text}" is not a server address; write host:port, e.g. db1.example.com:3306`,
    );
  }
  return { hostname, port };
}

/** True when both name the same address. */
export const sameKey = (a: InstanceKey, b: InstanceKey): boolean => a.port === b.port && a.hostname === b.hostname;

/** Orders keys by hostname, then by port; for stable listings. */
export function compareKeys(a: InstanceKey, b: InstanceKey): number {
  if (a.hostname !== b.hostname) return a.hostname < b.hostname ? -1 : 1;
  return a.port - b.port;
}

/** True for the source address of a detached replica (`//host`). */
export const isDetachedKey = (key: InstanceKey): boolean => key.hostname.startsWith(DETACHED_PREFIX);

/** The address a detached replica would follow again. */
export const reattachedKey = (key: InstanceKey): InstanceKey =>
  isDetachedKey(key) ? { hostname: key.hostname.slice(DETACHED_PREFIX.length), port: key.port } : key;

/** True when the key names a server that can be asked: a host, a port and not detached. */
export const isUsableKey = (key: InstanceKey): boolean =>
  key.hostname !== '' && key.hostname !== '_' && key.port !== 0 && !isDetachedKey(key);

/** False for nothing, and for a list of names, which a server may report of itself (report_host): nobody can be asked there. */
export const isHostName = (text: string): boolean => text !== '' && !text.includes(',');
