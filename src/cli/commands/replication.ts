import { isReplicating } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, serverCommandsOf } from '../command.ts';
import { knownTarget } from '../targets.ts';

const command = serverCommandsOf('Replication information');

/** Yes is the server's address, no is nothing: so that scripts can test for an empty answer. */
export const replicationCommands: readonly CliCommand[] = [
  command({
    name: 'is-replicating',
    description: 'prints the server if both its replication threads run, else nothing',
    usage: '-c is-replicating -i host[:port]',
    run: async (context) => {
      const { key, instance } = await knownTarget(context);
      if (instance !== null && isReplicating(instance)) context.print(formatKey(key));
    },
  }),
  command({
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
];
