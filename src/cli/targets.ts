import { OrchestratorError } from '../model/error.ts';
import { formatKey, type InstanceKey, parseKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { ReadingContext } from './command.ts';
import { destinationOf } from './flags.ts';

/** Fails as a command does: one line, exit code 1. */
export const fail = (code: string, message: string): never => {
  throw new OrchestratorError(code, message);
};

/** Fails because -i is missing. */
export const failWithoutInstance = (): never =>
  fail('no-instance', 'Cannot deduce instance: name one with -i host[:port]');

/** The server of -i as written. @throws when there is none. */
export function literalTarget(context: ReadingContext): InstanceKey {
  if (context.instanceText === '') failWithoutInstance();
  return parseKey(context.instanceText, context.settings.defaultInstancePort);
}

/** The server of -i, resolved. @throws when there is none. */
export const target = async (context: ReadingContext): Promise<InstanceKey> =>
  context.orchestrator.resolveKey(literalTarget(context));

/** The server of -i, or the one on this machine at DefaultInstancePort; resolved. */
export const targetOrLocal = async (context: ReadingContext): Promise<InstanceKey> =>
  context.instanceText === '' ? context.orchestrator.resolveKey(localKey(context)) : target(context);

const localKey = (context: ReadingContext): InstanceKey => ({
  hostname: context.hostname,
  port: context.settings.defaultInstancePort,
});

/** The server of -d or -s, resolved; null when there is none. */
export async function destination(context: ReadingContext): Promise<InstanceKey | null> {
  const text = destinationOf(context.flags);
  return text === '' ? null : context.orchestrator.resolveKey(parseKey(text, context.settings.defaultInstancePort));
}

/** Fails because -d (or -s) is missing. */
export const failWithoutDestination = (): never =>
  fail('no-destination', 'Cannot deduce destination: name it with -d host[:port]');

/** What is known of the server of -i. @throws `Instance not found`. */
export async function knownTarget(context: ReadingContext): Promise<ServerRecord> {
  const key = await target(context);
  return (
    context.orchestrator.fleet().recordOf(key) ?? fail('unknown-instance', `Instance not found: ${formatKey(key)}`)
  );
}

/** The cluster of -alias, else that of -i, else that of the server on this machine. */
export async function targetCluster(context: ReadingContext): Promise<string> {
  if (context.flags.alias !== '') return context.orchestrator.clusterNameByHint(context.flags.alias);
  const key = await targetOrLocal(context);
  const known = context.orchestrator.fleet().recordOf(key)?.position.clusterName ?? '';
  return known === '' ? context.orchestrator.clusterNameByHint(formatKey(key)) : known;
}

/** True when -alias or -i says which cluster is meant. */
export const namesCluster = (context: ReadingContext): boolean =>
  context.flags.alias !== '' || context.instanceText !== '';

/** Prints one `host:port` per line. */
export const printKeys = (context: ReadingContext, records: readonly { readonly key: InstanceKey }[]): void => {
  for (const record of records) context.print(formatKey(record.key));
};

/** Who is responsible: -owner, else the unix user. */
export const ownerOf = ({ flags, username }: ReadingContext): string => (flags.owner === '' ? username : flags.owner);
