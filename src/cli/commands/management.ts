import { DEFAULT_DOWNTIME_SECONDS, parseDurationSeconds } from '../../legacy/duration.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, serverCommandsOf } from '../command.ts';
import { fail, literalTarget, targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Instance management');

/** Taking servers in, forgetting them, and their downtime. */
export const managementCommands: readonly CliCommand[] = [
  command({
    name: 'discover',
    description: 'reads a server and takes it, and in time its whole topology, into the fleet',
    usage: '-c discover -i host[:port]',
    run: async (context) => {
      const record = await context.orchestrator.discover(await targetOrLocal(context));
      context.print(formatKey(record.key));
    },
  }),
  command({
    name: 'forget',
    description: 'forgets a server, by its literal address',
    usage: '-c forget -i host[:port]',
    run: async (context) => {
      const key = literalTarget(context);
      if (!(await context.orchestrator.forget(key))) {
        fail('unknown-instance', `ForgetInstance(): instance ${formatKey(key)} not found`);
      }
      context.print(formatKey(key));
    },
  }),
  command({
    name: 'begin-downtime',
    description: 'the server is not to be counted on for a while (ten minutes when no -duration is given)',
    usage: '-c begin-downtime -i host[:port] -reason <text> [-duration 30m] [-owner name]',
    run: async (context) => {
      const { duration, owner, reason } = context.flags;
      if (reason === '') fail('no-reason', '--reason option required');
      const seconds = duration === '' ? DEFAULT_DOWNTIME_SECONDS : parseDurationSeconds(duration);
      if (seconds === null) return fail('bad-duration', `Invalid duration: ${duration}; write e.g. 30s, 10m, 4h or 2d`);
      const key = await targetOrLocal(context);
      const who = owner === '' ? context.username : owner;
      await context.orchestrator.beginDowntime(key, who, reason, seconds === 0 ? DEFAULT_DOWNTIME_SECONDS : seconds);
      context.print(formatKey(key));
    },
  }),
  command({
    name: 'end-downtime',
    description: 'ends a downtime',
    usage: '-c end-downtime -i host[:port]',
    run: async (context) => {
      const key = await targetOrLocal(context);
      await context.orchestrator.endDowntime(key);
      context.print(formatKey(key));
    },
  }),
];
