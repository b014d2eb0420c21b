import { parseDurationSeconds } from '../../legacy/duration.ts';
import {
  docOfCommand,
  isRelocation,
  type OperationParameter,
  type OperationWords,
} from '../../legacy/operation-words.ts';
import { OPERATIONS } from '../../legacy/operations.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { ask, type ClientCommand, change } from './command.ts';
import { asList, asObject, asText, details, keyOf, keysOf, keyText } from './json.ts';
import type { ClientOptions } from './options.ts';
import { destinationPath, instancePath, required } from './paths.ts';

const keyLine = (answer: unknown): readonly string[] => [keyOf(details(answer))];

/** `server<source`, of the server as it stands after the move. */
const moveLine = (answer: unknown): readonly string[] => {
  const server = asObject(details(answer));
  return [`${keyText(server.Key)}<${keyText(server.MasterKey)}`];
};

function linesOf(words: OperationWords): (answer: unknown) => readonly string[] {
  switch (words.details) {
    case 'instance':
      return isRelocation(words) ? moveLine : keyLine;
    case 'instances':
      return (answer) => keysOf(details(answer));
    case 'subject-key':
      return keyLine;
    case 'seconds':
      return (answer) => [asText(details(answer))];
  }
}

const PARAMETERS: Readonly<Record<OperationParameter, (options: ClientOptions, isRequired: boolean) => string>> = {
  seconds: ({ seconds }) => required(asSeconds(seconds), '-S'),
  process: ({ process }) => required(process, '--process'),
  logFile: ({ binlog }, isRequired) => (isRequired ? required(binlog, '-n') : encodeURIComponent(binlog)),
};

/** `90`, or as durations are written: `90s`, `2m`. */
function asSeconds(text: string): string {
  if (text === '') return '';
  const seconds = parseDurationSeconds(text);
  if (seconds === null)
    throw new OrchestratorError('bad-flag', `-S ${text} is no number of seconds; write e.g. -S 300`);
  return String(seconds);
}

function pathOf(words: OperationWords, options: ClientOptions): string {
  const { paths, destination, parameter, takesPattern } = words;
  const hasDestination = destination === 'needed' || (destination === 'optional' && options.destination !== '');
  const value = parameter === null ? '' : PARAMETERS[parameter.name](options, parameter.isRequired);
  const query = [
    ...(takesPattern && options.pattern !== '' ? [`pattern=${encodeURIComponent(options.pattern)}`] : []),
    ...(parameter !== null && !parameter.isRequired && value !== '' ? [`${parameter.name}=${value}`] : []),
  ];
  return [
    `${paths[0]}/${instancePath(options)}`,
    hasDestination ? `/${destinationPath(options)}` : '',
    parameter?.isRequired === true ? `/${value}` : '',
    query.length === 0 ? '' : `?${query.join('&')}`,
  ].join('');
}

const asKey = (value: unknown): InstanceKey => {
  const { hostname, port } = asObject(value);
  return { hostname: asText(hostname), port: Number(port) };
};

const describe = (value: unknown): string => {
  const { uid, purpose, touched } = asObject(value);
  return [
    asText(uid),
    asText(purpose),
    asList(touched)
      .map((one) => formatKey(asKey(one)))
      .join(','),
  ].join('\t');
};

const touchedLines = (answer: unknown): readonly string[] =>
  asList(asObject(details(answer)).touched).map((one) => formatKey(asKey(one)));

/** Every operation of the table, and those that are under way or were left in the middle. */
export const operationCommands: readonly ClientCommand[] = [
  ...OPERATIONS.map((words) => {
    const [name = words.kind, ...synonyms] = words.commands;
    return change(name, docOfCommand(words), (options) => pathOf(words, options), linesOf(words), synonyms);
  }),
  ask(
    'operations-under-way',
    'operations that the server runs now: id and purpose',
    () => 'operations-under-way',
    (answer) => asList(answer).map((one) => describe(one).trimEnd()),
  ),
  change(
    'abort-operation',
    'stops an operation before its next step; it takes back what it began (a takeover whose successor takes writes is finished)',
    ({ uid }) => `abort-operation/${required(uid, '--uid')}`,
    (answer) => [asText(asObject(details(answer)).purpose)],
  ),
  ask(
    'unfinished-operations',
    'operations whose process died in the middle: id, purpose and the servers begun',
    () => 'unfinished-operations',
    (answer) => asList(answer).map(describe),
  ),
  change(
    'finish-operation',
    'goes on with an unfinished operation where it was left',
    ({ uid }) => `finish-operation/${required(uid, '--uid')}`,
    keyLine,
  ),
  change(
    'undo-operation',
    'takes back what an unfinished operation had begun',
    ({ uid }) => `undo-operation/${required(uid, '--uid')}`,
    touchedLines,
  ),
];
