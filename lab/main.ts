import { Command } from 'commander';
import { fetchFlavours, kill, pause, reset, restart, resume, sql } from './commands/control.ts';
import { down } from './commands/down.ts';
import { status } from './commands/status.ts';
import { up } from './commands/up.ts';
import { LabError } from './error.ts';
import { FLAVOURS } from './flavour.ts';

/** The lab's command: real servers as topologies on this machine, for people. Programs use lab/index.ts. */
const program = new Command('lab')
  .description('Real MySQL and MariaDB servers as replication topologies on 127.0.0.1, to try things on.')
  .showHelpAfterError('(lab --help lists the commands)')
  .addHelpText(
    'after',
    `
Flavours: ${FLAVOURS.join(', ')}. A missing one is fetched once into $ORCHESTRATOR_LAB_CACHE
(default ~/.cache/orchestrator-lab); nothing is installed on the system.

Examples:
  lab up mysql-9.7 --tree "1(2,3(4))"      2 and 3 replicate from 1, 4 from 3
  lab up mariadb-10.11 --tree "1(2,3)" --no-gtid --detach
  lab kill 1 && lab status                 the primary crashes
  lab sql 4 "SHOW REPLICA STATUS"`,
  );

const byTopology = ['-t, --topology <base-port>', 'which topology, when several run'] as const;

program
  .command('up <flavour>')
  .description('start a topology; it lives until Ctrl-C')
  .option('--tree <tree>', 'who replicates from whom', '1(2,3)')
  .option('--no-gtid', 'replicate by file and position')
  .option('--semi-sync', 'the primary waits for one acknowledgement')
  .option('--durable', 'flush at every commit (slower)')
  .option('--base-port <port>', 'server n listens at this port + n')
  .option('--set <name=value...>', 'further server settings, e.g. --set slave_net_timeout=4')
  .option('--detach', 'return at once; "lab down" stops it')
  .action(up);
program
  .command('down')
  .description('stop topologies that "lab up" started, whoever did, and remove their data')
  .option(byTopology[0], 'nothing but this one')
  .option('--all', 'those of running tests too')
  .action(down);
program.command('status').description('list topologies and the state of their servers').action(status);
program
  .command('reset')
  .description('bring the first state of a topology back')
  .option(...byTopology)
  .action(reset);
program
  .command('kill <server>')
  .description('SIGKILL a server: a crash')
  .option(...byTopology)
  .action(kill);
program
  .command('pause <server>')
  .description('SIGSTOP a server: it hangs')
  .option(...byTopology)
  .action(pause);
program
  .command('resume <server>')
  .description('SIGCONT a paused server')
  .option(...byTopology)
  .action(resume);
program
  .command('restart <server>')
  .description('start a server again with the same data')
  .option('--read-only', 'closed for writes')
  .option('--writable', 'open for writes')
  .option(...byTopology)
  .action(restart);
program
  .command('sql <server> <statement>')
  .description('run one statement as root')
  .option(...byTopology)
  .action(sql);
program
  .command('fetch [flavours...]')
  .description('only fetch and prepare servers (default: all)')
  .action(fetchFlavours);

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof LabError)) throw thrown;
  console.error(`lab: ${thrown.message}`);
  process.exitCode = 1;
}
