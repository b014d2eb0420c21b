import { wordsOf } from '../../dialect/words.ts';
import { restartStatements } from '../../legacy/restart-statements.ts';
import { isReplicating } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, readingCommandsOf, serverCommandsOf } from '../command.ts';
import { destination, fail, failWithoutDestination, knownTarget, target, targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Replication information');
const reading = readingCommandsOf('Replication information');

const canReplicate = (name: string, by: 'rules' | 'gtid', description: string): CliCommand =>
  command({
    name,
    description,
    usage: `-c ${name} -i host[:port] -d host[:port]`,
    run: async (context: CommandContext) => {
      const replica = await target(context);
      const source = (await destination(context)) ?? failWithoutDestination();
      const objection = await context.orchestrator.questions.whyNotReplicateFrom(replica, source, by);
      if (objection === null) context.print(formatKey(source));
      else context.note(objection.explanation);
    },
  });

/** Yes is the server's address, no is nothing: so that scripts can test for an empty answer. */
export const replicationCommands: readonly CliCommand[] = [
  reading({
    name: 'is-replicating',
    description: 'prints the server if both its replication threads run, else nothing',
    usage: '-c is-replicating -i host[:port]',
    run: async (context) => {
      const { key, instance } = await knownTarget(context);
      if (instance !== null && isReplicating(instance)) context.print(formatKey(key));
    },
  }),
  reading({
    name: 'is-replication-stopped',
    description: 'prints the server if both its replication threads are stopped, else nothing',
    usage: '-c is-replication-stopped -i host[:port]',
    run: async (context) => {
      const { key, instance } = await knownTarget(context);
      const replication = instance?.replication ?? null;
      const isStopped = replication?.receiver.state === 'stopped' && replication.applier.state === 'stopped';
      if (isStopped) context.print(formatKey(key));
    },
  }),
  canReplicate('can-replicate-from', 'rules', 'prints -d if -i could replicate from it, else nothing'),
  canReplicate(
    'can-replicate-from-gtid',
    'gtid',
    'prints -d if -i could replicate from it and find its place there by GTID, else nothing',
  ),
  command({
    name: 'which-gtid-errant',
    description: 'what a server has executed and its source has not, read now',
    usage: '-c which-gtid-errant -i host[:port]',
    run: async (context) =>
      context.print(await context.orchestrator.questions.errantGtidOf(await targetOrLocal(context))),
  }),
  reading({
    name: 'restart-replica-statements',
    synonyms: ['restart-slave-statements'],
    description: 'the statements that stop replication, run -statement, and let it go on as it was; nothing is run',
    usage: '-c restart-replica-statements -i host[:port] [-statement <sql>]',
    run: async (context) => {
      const { key, instance } = await knownTarget(context);
      if (instance === null) return fail('unknown-instance', `Cannot read instance: ${formatKey(key)}`);
      const word = wordsOf(instance.version).replica === 'REPLICA' ? 'replica' : 'slave';
      for (const line of restartStatements(instance, word, context.flags.statement)) context.print(line);
    },
  }),
  command({
    name: 'get-candidate-replica',
    synonyms: ['get-candidate-slave'],
    description: 'the replica of a server that regroup-replicas would choose; replication is not stopped',
    usage: '-c get-candidate-replica -i host[:port]',
    run: async (context) => {
      const instance = await target(context);
      const request = { kind: 'regroup-replicas', instance, destination: null } as const;
      const plan = await context.orchestrator.operations.plan(request);
      if (plan.kind === 'refusal') return fail('refused', plan.reason);
      context.print(formatKey(plan.subject));
    },
  }),
];
