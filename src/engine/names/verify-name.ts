import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { virtualAddressOf } from '../../model/virtual-name.ts';
import type { Servers } from '../ports.ts';

const DEADLINE_MS = 1_000;

/**
 * Why replicas must not be told to address a server by the virtual name that is registered for it (hostname_unresolve); null when they
 * may. A name that leads elsewhere would make them replicate from another server.
 */
export type NameVerifier = (record: ServerRecord) => Promise<string | null>;

export interface NameVerifierSettings {
  /** SkipBinlogServerUnresolveCheck: names of binlog servers are taken on trust. */
  readonly skipsBinlogServers: boolean;
}

/** Never rejects. */
export const createNameVerifier =
  (servers: Pick<Servers, 'inquire'>, settings: NameVerifierSettings): NameVerifier =>
  async (record) => {
    const { key, instance } = record;
    const address = virtualAddressOf(record);
    if (address === null || instance === null || (instance.isBinlogServer && settings.skipsBinlogServers)) return null;
    const outcome = await servers.inquire(instance, 'is-also-at', { deadlineMs: DEADLINE_MS, other: address });
    if (outcome.kind === 'answered' && outcome.answer === true) return null;
    const named = `${formatKey(address)}, as which replicas are to address ${formatKey(key)} (register-hostname-unresolve)`;
    return outcome.kind === 'answered'
      ? `${named}, is another server`
      : `${named}, cannot be made sure of: ${outcome.failure.message}`;
  };
