import type { Instance, ReplicationThread } from '../model/instance.ts';

/**
 * Error numbers a receiver reports when its attempt to connect failed: nobody there (2002, 2003, 2005, 2006, 2013, 2026,
 * 1218), or an answer that ends the attempt (too many connections, access denied, host blocked or not allowed,
 * limits of the account, authentication plugins, TLS demanded, account locked, password expired).
 */
const CONNECT_ERRORS: ReadonlySet<number> = new Set([
  2002, 2003, 2005, 2006, 2013, 2026, 1218, 1040, 1044, 1045, 1129, 1130, 1203, 1226, 1251, 1862, 2058, 2059, 2061,
  3118, 3159,
]);

/** The texts of all versions; `error reconnecting to master` is one of them. */
const CONNECT_ERROR_TEXT = /error .*connecting to (?:master|source)/is;

/**
 * True when the receiver's last error is that it cannot connect. By number for what our own probe read; by text for
 * rows that others wrote, which carry no number (historic behaviour of the analysis).
 */
export const isConnectError = (receiver: ReplicationThread): boolean =>
  CONNECT_ERRORS.has(receiver.errorNumber) || CONNECT_ERROR_TEXT.test(receiver.errorText);

/** Receiver not running, applier running, and the reason is that the source cannot be connected to. */
export function isFailingToConnect(instance: Instance): boolean {
  const replication = instance.replication;
  if (replication === null) return false;
  const { receiver, applier } = replication;
  return receiver.state !== 'running' && applier.state === 'running' && isConnectError(receiver);
}
