import { type LabTopology, startTopology } from '../../lab/index.ts';

/** Many addresses of few servers: each answers on every address of the loopback network. */
export interface Farm {
  readonly topology: LabTopology;
  /** `count` keys host:port, spread evenly over the replicas. */
  readonly seeds: readonly string[];
  /** How often the servers were asked for their replication status so far: once in each reading of an address. */
  countReadings(): Promise<number>;
}

/** One primary, three replicas of MariaDB that take several thousand connections. */
export async function startFarm(count: number): Promise<Farm> {
  const topology = await startTopology({
    flavour: 'mariadb-10.11',
    tree: '1(2,3,4)',
    settings: ['--bind-address=0.0.0.0', `--max-connections=${count + 200}`, '--thread-handling=pool-of-threads'],
  });
  const replicas = [...topology.servers.values()].filter((server) => server !== topology.primary);
  const seeds = Array.from({ length: count }, (_, index) => {
    const replica = replicas[index % replicas.length];
    return `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}:${replica?.port}`;
  });
  return {
    topology,
    seeds,
    async countReadings() {
      const counts = await Promise.all(
        replicas.map(async (replica) => {
          const [row] = await replica.query("SHOW GLOBAL STATUS LIKE 'Com_show_slave_status'");
          return Number(row?.Value ?? 0);
        }),
      );
      return counts.reduce((sum, value) => sum + value, 0);
    },
  };
}
