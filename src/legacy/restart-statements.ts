import { OrchestratorError } from '../model/error.ts';
import type { Instance } from '../model/instance.ts';
import { formatKey } from '../model/instance-key.ts';

/**
 * What a person would type to run a statement while replication stands still and then go on as it was: threads that run are
 * stopped, receiver first, and started again, applier first. `word` is the one the server's version understands.
 * @throws OrchestratorError `not-a-replica`.
 */
export function restartStatements(
  { key, replication, version }: Instance,
  word: 'replica' | 'slave',
  statement: string,
): readonly string[] {
  if (replication === null) {
    throw new OrchestratorError('not-a-replica', `instance is not a replica: ${formatKey(key)}`);
  }
  const { channel, receiver, applier } = replication;
  const isNamed = channel !== '';
  const tell = (verb: 'stop' | 'start', thread: 'io_thread' | 'sql_thread'): string => {
    if (!isNamed) return `${verb} ${word} ${thread};`;
    return version.flavour === 'mariadb'
      ? `${verb} ${word} '${channel}' ${thread};`
      : `${verb} ${word} ${thread} for channel '${channel}';`;
  };
  const isOn = (thread: { readonly state: string }): boolean => thread.state === 'running' || thread.state === 'other';
  const [receives, applies] = [isOn(receiver), isOn(applier)];
  const injected = withoutSemicolons(statement.trim());
  return [
    ...(receives ? [tell('stop', 'io_thread')] : []),
    ...(applies ? [tell('stop', 'sql_thread')] : []),
    ...(injected === '' ? [] : [`${injected};`]),
    ...(applies ? [tell('start', 'sql_thread')] : []),
    ...(receives ? [tell('start', 'io_thread')] : []),
  ];
}

/** Without those at its end. An expression would try every run of them in the middle, letter by letter, which people may make long. */
function withoutSemicolons(statement: string): string {
  let end = statement.length;
  while (statement.charAt(end - 1) === ';') end -= 1;
  return statement.slice(0, end);
}
