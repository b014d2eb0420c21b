import { OrchestratorError } from './error.ts';
import type { InstanceKey } from './instance-key.ts';
import type { ServerRecord } from './server-record.ts';

/**
 * Reads a name by which replicas are to address a host; it will stand in CHANGE MASTER statements.
 * @throws OrchestratorError `bad-hostname` for an empty one, a list, or one with blanks.
 */
export function readVirtualName(text: string): string {
  const name = text.trim();
  if (name !== '' && !/[\s,]/.test(name)) return name;
  throw new OrchestratorError('bad-hostname', `"${text}" is no host name; give one name, without blanks`, {
    details: { text },
  });
}

/** Where replicas are to find this server instead of at its own name (hostname_unresolve); null when none is registered. */
export function virtualAddressOf({ key, intent }: Pick<ServerRecord, 'key' | 'intent'>): InstanceKey | null {
  return intent.unresolvedHostname === '' ? null : { hostname: intent.unresolvedHostname, port: key.port };
}
