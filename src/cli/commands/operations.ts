import { matchesWithin } from '../../engine/basis/bounded-match.ts';
import { parseDurationSeconds } from '../../legacy/duration.ts';
import { type DoneOperation, doneMessage, factsOf, movedNothing, troublesText } from '../../legacy/operation-facts.ts';
import { operationPreviewJson } from '../../legacy/operation-preview.ts';
import { docOfCommand, type OperationParameter, type OperationWords } from '../../legacy/operation-words.ts';
import { OPERATIONS } from '../../legacy/operations.ts';
import { refusalMessage } from '../../legacy/refusal-message.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Refusal } from '../../plan/plan.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { mannerOf } from '../manner.ts';
import { renderPreview } from '../render-preview.ts';
import { destination, fail, failWithoutDestination, ownerOf, target, targetOrLocal } from '../targets.ts';

/** The flag of each parameter, and how it is read. */
const PARAMETERS: Readonly<
  Record<
    OperationParameter,
    {
      readonly usage: string;
      readonly text: (context: CommandContext) => string;
      /** null: it makes no sense. */
      readonly read: (text: string) => Partial<OperationRequest> | null;
    }
  >
> = {
  seconds: {
    usage: '-duration <e.g. 30m>',
    text: ({ flags }) => flags.duration,
    read: (text) => {
      const delaySeconds = parseDurationSeconds(text);
      return delaySeconds === null ? null : { delaySeconds };
    },
  },
  process: {
    usage: '-process <id>',
    text: ({ flags }) => flags.process,
    read: (text) => (/^\d+$/.test(text) ? { processId: Number(text) } : null),
  },
  logFile: { usage: '-binlog <file>', text: ({ flags }) => flags.binlog, read: (binlogFile) => ({ binlogFile }) },
};

function parameterOf(context: CommandContext, { parameter }: OperationWords): Partial<OperationRequest> {
  if (parameter === null) return {};
  const { usage, text, read } = PARAMETERS[parameter.name];
  const given = text(context);
  if (given === '') return parameter.isRequired ? fail('missing-option', `This command needs ${usage}`) : {};
  return read(given) ?? fail('missing-option', `"${given}" makes no sense here; write ${usage}`);
}

async function requestOf(context: CommandContext, words: OperationWords): Promise<OperationRequest> {
  const { pattern } = context.flags;
  const below = words.destination === 'none' ? null : await destination(context);
  // Planning matches it against some of these names; a pattern that does not end must not be tried there.
  if (words.takesPattern && pattern !== '') {
    const names = context.orchestrator.fleet().records.map(({ key }) => formatKey(key));
    matchesWithin(pattern, 'pattern', names);
  }
  if (words.destination === 'needed' && below === null) failWithoutDestination();
  return {
    kind: words.kind,
    instance: await (words.needsInstance ? target : targetOrLocal)(context),
    destination: below,
    ...(words.takesPattern && pattern !== '' ? { pattern } : {}),
    ...mannerOf(context.flags),
    ...parameterOf(context, words),
  };
}

const refused = (request: OperationRequest, refusal: Refusal): never =>
  fail('refused', refusalMessage(request, refusal));

async function run(context: CommandContext, words: OperationWords): Promise<void> {
  const request = await requestOf(context, words);
  const outcome = await context.orchestrator.operations.run(request, ownerOf(context));
  switch (outcome.kind) {
    case 'refused':
      return refused(request, outcome.refusal);
    case 'failed':
      return fail('operation-failed', outcome.reason);
    case 'done':
      if (movedNothing(outcome)) return fail('operation-failed', doneMessage(words, request, outcome));
      return printDone(context, words, request, outcome);
  }
}

function printDone(
  context: CommandContext,
  words: OperationWords,
  request: OperationRequest,
  done: DoneOperation,
): void {
  for (const line of linesOf(words, request, done)) context.print(line);
  const troubles = troublesText(done);
  if (troubles !== '') context.note(troubles);
}

function linesOf(words: OperationWords, request: OperationRequest, done: DoneOperation): readonly string[] {
  const facts = factsOf(request, done);
  switch (words.prints) {
    case 'instance':
      return [facts.instance];
    case 'move':
      return [`${facts.instance}<${sourceText(done.subject)}`];
    case 'replicas':
      return done.moved.map(({ key }) => formatKey(key));
    case 'replica-moves':
      return done.moved.map((record) => `${formatKey(record.key)}<${sourceText(record)}`);
    case 'promoted':
      return [facts.subject, ...(words.countsLine === null ? [] : [words.countsLine(facts)])];
  }
}

function sourceText({ instance }: ServerRecord): string {
  const source = instance?.replication?.source;
  return source === undefined ? '' : formatKey(source);
}

async function dryRun(context: CommandContext, words: OperationWords): Promise<void> {
  const request = await requestOf(context, words);
  const preview = await context.orchestrator.operations.preview(request);
  if (preview.kind === 'refusal') return refused(request, preview);
  for (const line of renderPreview(operationPreviewJson(preview, context))) context.print(line);
}

function usageOf({ commands, destination: below, takesPattern, parameter }: OperationWords): string {
  const value = parameter === null ? '' : PARAMETERS[parameter.name].usage;
  return [
    `-c ${commands[0]} -i host[:port]`,
    ...{ none: [], needed: ['-d host[:port]'], optional: ['[-d host[:port]]'] }[below],
    ...(takesPattern ? ['[-pattern <regular expression>]'] : []),
    ...(parameter === null ? [] : [parameter.isRequired ? value : `[${value}]`]),
  ].join(' ');
}

/** Every operation of the table by its names on the command line. */
export const operationCommands: readonly CliCommand[] = OPERATIONS.map((words) => {
  const [name = words.kind, ...synonyms] = words.commands;
  return serverCommandsOf(words.section)({
    name,
    synonyms,
    description: docOfCommand(words),
    usage: usageOf(words),
    run: (context) => run(context, words),
    dryRun: (context) => dryRun(context, words),
  });
});
