import type { LabServer, LabTopology } from '../../../lab/index.ts';
import type { Program } from '../program.ts';
import { isWritable } from '../safety.ts';

/** What faults are done to. */
export interface ChaosScene {
  readonly topology: LabTopology;
  readonly program: Program;
  /** Gives a number from 0 up to 1; the same seed gives the same story, as far as the servers are in time. */
  readonly random: () => number;
  /** One line of the story. */
  tell(line: string): void;
}

export const allOf = ({ topology }: ChaosScene): readonly LabServer[] => [...topology.servers.values()];

export const pick = <T>({ random }: ChaosScene, from: readonly T[]): T => {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
};

/** A whole number of milliseconds between the two. */
export const between = ({ random }: ChaosScene, leastMs: number, mostMs: number): number =>
  Math.round(leastMs + random() * (mostMs - leastMs));

/**
 * Starts a server as its configuration file would have it in a well-kept place: all acknowledge, closed for writes and not waiting for
 * acknowledgements unless it is (still) the primary.
 */
export function restartAs({ topology }: ChaosScene, server: LabServer, role: 'primary' | 'replica'): Promise<void> {
  const isOn = role === 'primary' ? 1 : 0;
  const sourceSide = {
    'mysql-9.7': [`--loose-rpl-semi-sync-source-enabled=${isOn}`],
    'mariadb-10.11': [`--rpl-semi-sync-master-enabled=${isOn}`],
    'mysql-5.6': [],
  }[topology.flavour];
  return server.restart({ readOnly: role === 'replica', args: sourceSide });
}

/** Living servers that take writes now. */
export async function writableNow(scene: ChaosScene): Promise<readonly LabServer[]> {
  const living = allOf(scene).filter((server) => server.isAlive() && !server.isPaused());
  const open = await Promise.all(living.map((server) => isWritable(server).catch(() => false)));
  return living.filter((_, index) => open[index]);
}

/** How every server stands, a line each, for the report of a failure. */
export async function describeServers(scene: ChaosScene): Promise<string> {
  const lines = allOf(scene).map(async (server) => {
    if (!server.isAlive()) return `server ${server.number} is dead`;
    if (server.isPaused()) return `server ${server.number} stands still`;
    const status = await server.replicaStatus().catch((thrown: unknown) => ({ thrown: String(thrown) }));
    const told = Object.entries(status ?? {}).filter(
      ([name, value]) =>
        /_Host|_Port|Running|State|Error$|Log_Pos|Gtid|thrown/.test(name) && value !== '' && value !== null,
    );
    return `server ${server.number}: ${told.map(([name, value]) => `${name}=${String(value)}`).join(' ')}`;
  });
  return (await Promise.all(lines)).join('\n');
}
