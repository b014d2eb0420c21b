import type { LabTopology } from './topology.ts';
import { waitFor } from './wait.ts';

/** Server settings that the members of a replication group need (MySQL 9.7). */
export const GROUP_SETTINGS: readonly string[] = ['--plugin-load-add=group_replication.so'];
const GROUP_NAME = '6c61622d-6c61-622d-6c61-622d6c616267';
/** Members talk to each other at their known port plus this: still a port of their own topology. */
const GROUP_PORT_OFFSET = 150;

/**
 * Makes a single-primary replication group of servers that have just been started as roots of the tree, with GROUP_SETTINGS. The
 * first one is its primary. Their own replicas stay below them. There is no way back: reset() does not take groups apart.
 */
export async function formGroup(topology: LabTopology, numbers: readonly number[]): Promise<void> {
  const { user, password } = topology.users.replication;
  const addressOf = (number: number): string => {
    const { host, port } = topology.server(number);
    return `${host}:${port + GROUP_PORT_OFFSET}`;
  };
  const [first, ...others] = numbers;
  if (first === undefined) return;
  const join = async (number: number, isFirst: boolean): Promise<void> => {
    const server = topology.server(number);
    const statements = [
      `SET GLOBAL group_replication_group_name = '${GROUP_NAME}'`,
      `SET GLOBAL group_replication_local_address = '${addressOf(number)}'`,
      // A dead member is expelled as soon as it is found to be dead: until then it counts for the majority.
      'SET GLOBAL group_replication_member_expel_timeout = 0',
      `SET GLOBAL group_replication_group_seeds = '${numbers.map(addressOf).join(',')}'`,
      `CHANGE REPLICATION SOURCE TO SOURCE_USER = '${user}', SOURCE_PASSWORD = '${password}' FOR CHANNEL 'group_replication_recovery'`,
      ...(isFirst ? ['SET GLOBAL group_replication_bootstrap_group = ON'] : []),
      'START GROUP_REPLICATION',
      ...(isFirst ? ['SET GLOBAL group_replication_bootstrap_group = OFF'] : []),
    ];
    for (const statement of statements) await server.query(statement);
  };
  await join(first, true);
  for (const number of others) await join(number, false);
  await waitGroupOf(topology, first, numbers.length);
}

/** Waits until a member sees a group of so many, all of them online. */
export async function waitGroupOf(topology: LabTopology, member: number, count: number): Promise<void> {
  const sql =
    "SELECT COUNT(*) AS n, SUM(MEMBER_STATE = 'ONLINE') AS o FROM performance_schema.replication_group_members";
  await waitFor(
    async () => {
      const [row] = await topology.server(member).query(sql);
      return Number(row?.n) === count && Number(row?.o) === count;
    },
    { what: `server ${member} to see a group of ${count}` },
  );
}
