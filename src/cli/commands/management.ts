import { DEFAULT_DOWNTIME_SECONDS, parseDurationSeconds } from '../../legacy/duration.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, readingCommandsOf, serverCommandsOf } from '../command.ts';
import { fail, literalTarget, ownerOf, targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Instance management');
const reading = readingCommandsOf('Instance management');

const forgetFailed = (key: InstanceKey): never =>
  fail('unknown-instance', `ForgetInstance(): instance ${formatKey(key)} not found`);

/** What begin-downtime and begin-maintenance are told; ten minutes when no -duration is given, or none at all. */
async function lockWords(context: CommandContext) {
  const { duration, reason } = context.flags;
  if (reason === '') fail('no-reason', '--reason option required');
  const seconds = duration === '' ? DEFAULT_DOWNTIME_SECONDS : parseDurationSeconds(duration);
  if (seconds === null) return fail('bad-duration', `Invalid duration: ${duration}; write e.g. 30s, 10m, 4h or 2d`);
  return {
    key: await targetOrLocal(context),
    owner: ownerOf(context),
    reason,
    seconds: seconds === 0 ? DEFAULT_DOWNTIME_SECONDS : seconds,
  };
}

/** Taking servers in, forgetting them, their downtime and maintenance. */
export const managementCommands: readonly CliCommand[] = [
  command({
    name: 'discover',
    description: 'reads a server and takes it, and in time its whole topology, into the fleet',
    usage: '-c discover -i host[:port]',
    run: async (context) => {
      const record = await context.orchestrator.discover(await targetOrLocal(context));
      context.print(formatKey(record.key));
    },
    dryRun: async (context) => context.print(WOULD.discover(formatKey(await targetOrLocal(context)))),
  }),
  command({
    name: 'forget',
    description: 'forgets a server, by its literal address',
    usage: '-c forget -i host[:port]',
    run: async (context) => {
      const key = literalTarget(context);
      if (!(await context.orchestrator.forget(key))) forgetFailed(key);
      context.print(formatKey(key));
    },
    dryRun: async (context) => {
      const key = literalTarget(context);
      if (context.orchestrator.fleet().recordOf(key) === null) forgetFailed(key);
      context.print(WOULD.forget(formatKey(key)));
    },
  }),
  command({
    name: 'begin-maintenance',
    description: 'locks a server against operations (ten minutes when no -duration is given)',
    usage: '-c begin-maintenance -i host[:port] -reason <text> [-duration 10m] [-owner name]',
    run: async (context) => {
      const { key, owner, reason, seconds } = await lockWords(context);
      const outcome = await context.orchestrator.registrations.beginMaintenance(key, owner, reason, seconds);
      if (outcome.kind === 'begun') return context.print(formatKey(key));
      const { by } = outcome;
      const sentence = `${formatKey(key)} is in maintenance since ${by.beganAt}, by ${by.owner}: ${by.reason}`;
      return fail('in-maintenance', `${sentence}; end it with end-maintenance`);
    },
    dryRun: async (context) => {
      const { key, owner, reason, seconds } = await lockWords(context);
      context.print(WOULD.beginMaintenance(formatKey(key), owner, reason, seconds));
    },
  }),
  command({
    name: 'end-maintenance',
    description: 'lifts the maintenance lock of a server',
    usage: '-c end-maintenance -i host[:port]',
    run: async (context) => {
      const key = await targetOrLocal(context);
      await context.orchestrator.registrations.endMaintenance(key);
      context.print(formatKey(key));
    },
    dryRun: async (context) => context.print(WOULD.endMaintenance(formatKey(await targetOrLocal(context)))),
  }),
  reading({
    name: 'in-maintenance',
    description: 'prints the server if it is in maintenance, else nothing',
    usage: '-c in-maintenance -i host[:port]',
    run: async (context) => {
      const key = await targetOrLocal(context);
      const active = await context.orchestrator.registrations.maintenances();
      if (active.some((one) => sameKey(one.key, key))) context.print(formatKey(key));
    },
  }),
  command({
    name: 'begin-downtime',
    description: 'the server is not to be counted on for a while (ten minutes when no -duration is given)',
    usage: '-c begin-downtime -i host[:port] -reason <text> [-duration 30m] [-owner name]',
    run: async (context) => {
      const { key, owner, reason, seconds } = await lockWords(context);
      await context.orchestrator.beginDowntime(key, owner, reason, seconds);
      context.print(formatKey(key));
      if (context.orchestrator.fleet().recordOf(key) === null) {
        context.note(
          `${formatKey(key)} is not known; the downtime is of use if it is discovered meanwhile. Is the address right?`,
        );
      }
    },
    dryRun: async (context) => {
      const { key, owner, reason, seconds } = await lockWords(context);
      context.print(WOULD.beginDowntime(formatKey(key), owner, reason, seconds));
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
    dryRun: async (context) => context.print(WOULD.endDowntime(formatKey(await targetOrLocal(context)))),
  }),
];
