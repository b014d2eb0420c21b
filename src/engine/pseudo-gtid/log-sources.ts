import type { EventSource } from '../../binlog/event-source.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type BinlogReader, type LogRead, type LogReadOptions, NO_SUCH_LOG } from '../ports/binlog.ts';

/** The value that was read. @throws OrchestratorError `log-unreadable` with the server's sentence, or `cancelled`. */
export function readValueOf<T>(instance: Instance, read: LogRead<T>): T {
  if (read.kind === 'read') return read.value;
  const server = formatKey(instance.key);
  if (read.kind === 'cancelled') {
    throw new OrchestratorError('cancelled', `reading the logs of ${server} was called off`, { details: { server } });
  }
  const { errorNumber, message } = read.failure;
  throw new OrchestratorError('log-unreadable', message, { details: { server, errorNumber } });
}

/** The server's binary logs, listed when first asked for, and again when the newest is read to its end. */
export function binlogSource(reader: BinlogReader, instance: Instance, options: LogReadOptions): EventSource {
  let listed: readonly string[] | null = null;
  async function list(): Promise<readonly string[]> {
    const files = readValueOf(instance, await reader.listLogs(instance, options));
    listed = files.map((file) => file.name);
    return listed;
  }
  return {
    log: 'binlog',
    newest: async () => (await list()).at(-1) ?? null,
    async before(file) {
      const files = listed ?? (await list());
      return files[files.indexOf(file) - 1] ?? null;
    },
    async after(file) {
      const files = listed !== null && listed.at(-1) !== file ? listed : await list();
      const index = files.indexOf(file);
      return index < 0 ? null : (files[index + 1] ?? null);
    },
    read: async (file, fromPosition, limit) =>
      readValueOf(instance, await reader.readEvents(instance, { log: 'binlog', file, fromPosition, limit }, options)),
  };
}

/**
 * The relay logs of the default channel. No statement lists them, so each neighbour is asked for by its number; `known` is one
 * that exists, e.g. the one which the applier reads.
 */
export function relaySource(
  reader: BinlogReader,
  instance: Instance,
  known: string,
  options: LogReadOptions,
): EventSource {
  async function ifThere(file: string | null): Promise<string | null> {
    if (file === null) return null;
    const read = await reader.readEvents(instance, { log: 'relaylog', file, fromPosition: null, limit: 1 }, options);
    if (read.kind === 'failed' && read.failure.errorNumber === NO_SUCH_LOG) return null;
    readValueOf(instance, read);
    return file;
  }
  return {
    log: 'relaylog',
    async newest() {
      let newest = await ifThere(known);
      for (let next = newest; next !== null; next = await ifThere(neighbour(next, 1))) newest = next;
      return newest;
    },
    before: (file) => ifThere(neighbour(file, -1)),
    after: (file) => ifThere(neighbour(file, 1)),
    read: async (file, fromPosition, limit) =>
      readValueOf(instance, await reader.readEvents(instance, { log: 'relaylog', file, fromPosition, limit }, options)),
  };
}

/** `relay.000009` → `relay.000010`; null when the name has no number or there is none before. */
function neighbour(file: string, step: number): string | null {
  const [, stem = '', digits = ''] = /^(.*\.)(\d+)$/.exec(file) ?? [];
  const number = Number(digits) + step;
  if (digits === '' || number < 1) return null;
  return stem + String(number).padStart(digits.length, '0');
}
