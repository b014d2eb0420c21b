import { logRefusalMessage, noErrantMessage } from '../../legacy/refusal-message.ts';
import { type BinlogCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { destination, fail, failWithoutDestination, target } from '../targets.ts';

const command = serverCommandsOf('Binary logs');

/** A server whose logs are to be read, as it is now. */
async function readNow(context: CommandContext, key: InstanceKey): Promise<Instance> {
  const { instance } = await context.orchestrator.discover(key);
  return instance ?? fail('unknown-instance', `Cannot read instance: ${formatKey(key)}`);
}

const subject = async (context: CommandContext): Promise<Instance> => readNow(context, await target(context));

const other = async (context: CommandContext): Promise<Instance> =>
  readNow(context, (await destination(context)) ?? failWithoutDestination());

/** -binlog as file:position; null when it is not given. */
function placeOf({ flags }: CommandContext, kind: BinlogCoordinates['kind']): BinlogCoordinates | null {
  if (flags.binlog === '') return null;
  const match = /^(.+):(\d+)$/.exec(flags.binlog);
  if (match === null)
    return fail('bad-coordinates', `"${flags.binlog}" is no place in a log; write -binlog file:position`);
  return { kind, file: match[1] ?? '', position: Number(match[2]) };
}

type Refused = { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/** What was found. @throws OrchestratorError with the reason when nothing was. */
function found<T extends { readonly kind: string }>(answer: T | Refused): Exclude<T, Refused> {
  if (answer.kind === 'refused') return fail('not-found', logRefusalMessage(answer as Refused));
  return answer as Exclude<T, Refused>;
}

const searching = ({ flags }: CommandContext) => ({ strict: flags.strict, skipBinlogSearch: flags.skipBinlogSearch });

/** Searches in binary and relay logs; nothing is changed. */
export const logCommands: readonly CliCommand[] = [
  command({
    name: 'last-pseudo-gtid',
    description: 'the newest Pseudo-GTID entry that a server has executed: file:position:text',
    usage: '-c last-pseudo-gtid -i host[:port]',
    run: async (context) => {
      const { coordinates, text } = found(await context.orchestrator.pseudoGtid.lastEntry(await subject(context)));
      context.print(`${formatCoordinates(coordinates)}:${text}`);
    },
  }),
  command({
    name: 'locate-gtid-errant',
    description: 'the binary logs of a server that hold its errant GTIDs',
    usage: '-c locate-gtid-errant -i host[:port]',
    run: async (context) => {
      const { pseudoGtid, questions } = context.orchestrator;
      const key = await target(context);
      const errant = await questions.errantGtidOf(key);
      if (errant === '') fail('no-errant-gtid', noErrantMessage(formatKey(key)));
      const { files } = found(await pseudoGtid.locateErrant(await readNow(context, key), errant));
      for (const file of files) context.print(file);
    },
  }),
  command({
    name: 'last-executed-relay-entry',
    description: 'the event of its relay log that a replica executed last, and where the next one begins',
    usage: '-c last-executed-relay-entry -i host[:port]',
    run: async (context) => {
      const entry = found(await context.orchestrator.pseudoGtid.lastExecutedRelayEntry(await subject(context)));
      const next = entry.next === null ? '' : formatCoordinates(entry.next);
      context.print(`${formatCoordinates(entry.coordinates)} ${entry.event.type}:${next}`);
    },
  }),
  command({
    name: 'correlate-relaylog-pos',
    description:
      'the place of an event of the relay log of -i in that of -d: the event, the same on -d, the next on -d',
    usage: '-c correlate-relaylog-pos -i host[:port] -d host[:port] [-binlog file:position]',
    run: async (context) => {
      const [one, two] = [await subject(context), await other(context)];
      const place = placeOf(context, 'relaylog');
      const matched = found(await context.orchestrator.pseudoGtid.correlateRelayPosition(one, two, place));
      const next = matched.next === null ? '' : formatCoordinates(matched.next);
      const places = [matched.instanceCoordinates, matched.destinationCoordinates].map(formatCoordinates);
      context.print([...places, next].join(';'));
    },
  }),
  command({
    name: 'find-binlog-entry',
    description: 'where the binary logs of a server have exactly this text',
    usage: '-c find-binlog-entry -i host[:port] -pattern <text>',
    run: async (context) => {
      const { pattern } = context.flags;
      if (pattern === '') fail('no-pattern', 'No pattern given');
      const entry = found(await context.orchestrator.pseudoGtid.findEntry(await subject(context), pattern));
      context.print(formatCoordinates(entry.coordinates));
    },
  }),
  command({
    name: 'correlate-binlog-pos',
    description: 'the place in the binary log of -d that means what -binlog, or the end, means in that of -i',
    usage: '-c correlate-binlog-pos -i host[:port] -d host[:port] [-binlog file:position]',
    run: async (context) => {
      const [one, two] = [await subject(context), await other(context)];
      const { pseudoGtid } = context.orchestrator;
      const place = placeOf(context, 'binlog');
      const matched = found(await pseudoGtid.correlateBinlogPosition(one, two, place, searching(context)));
      context.print(formatCoordinates(matched.coordinates));
    },
  }),
  command({
    name: 'master-pos-wait',
    description: "waits until a replica has executed its source's log to this place",
    usage: '-c master-pos-wait -i host[:port] -binlog file:position',
    run: async (context) => {
      const key = await target(context);
      const place = placeOf(context, 'binlog') ?? fail('missing-option', 'This command needs -binlog file:position');
      await context.orchestrator.questions.waitUntilExecuted(key, place);
      context.print(formatKey(key));
    },
  }),
];
