import type { Random } from './random.ts';
import type { ServerSpec, SimFlavour } from './sim-server.ts';
import { keyOf } from './world.ts';

/** A primary (number 1) with binlog servers below it, alone or beside ordinary replicas, and replicas below those. */
export interface BinlogServerTree {
  readonly specs: readonly ServerSpec[];
  /** All direct replicas of the primary are binlog servers. */
  readonly areAllBinlogServers: boolean;
}

/** The shape of the primary's log; a binlog server has the same log, others may call theirs alike, or not. */
const LOG = { prefix: 'bin', header: 120, perFile: 8, overhead: 60 };

/** All by file and position. Where only binlog servers are direct, most replicas do not log what they apply. */
export function growTree(flavour: SimFlavour, random: Random): BinlogServerTree {
  const areAllBinlogServers = random.chance(0.6);
  const logsUpdates = areAllBinlogServers ? random.pick([0, 0, 0.3, 1]) : 0.85;
  const isGtidOn = flavour === 'mariadb-10.11';
  const specs: ServerSpec[] = [];
  const add = (source: number | null, changes: Partial<ServerSpec>): number => {
    const number = specs.length + 1;
    const place = { number, key: keyOf(number), flavour, source, isGtidOn, positioning: 'coordinates' as const };
    specs.push({ ...place, ...(source === null ? {} : { sourceKey: keyOf(source) }), ...changes });
    return number;
  };
  const addReplica = (source: number): number => {
    const hasOwnLog = random.chance(logsUpdates);
    const number = specs.length + 1;
    const own = { prefix: `log${number}`, header: 120 + number, perFile: 7 + number, overhead: 60 + 3 * number };
    const firstFile = random.chance(0.05) ? 40 : 1;
    return add(source, { logsReplicaUpdates: hasOwnLog, log: hasOwnLog && random.chance(0.7) ? own : LOG, firstFile });
  };
  const addBinlogServer = (source: number): number =>
    add(source, { isBinlogServer: true, log: LOG, passesOnHalves: random.chance(0.3) });
  add(null, { log: LOG });
  if (!areAllBinlogServers) for (let count = random.between(1, 2); count > 0; count -= 1) addReplica(1);
  const servers = Array.from({ length: random.between(1, 3) }, () => addBinlogServer(1));
  if (random.chance(0.2)) servers.push(addBinlogServer(random.pick(servers)));
  for (let count = random.between(areAllBinlogServers ? 2 : 1, 4); count > 0; count -= 1)
    addReplica(random.pick(servers));
  return { specs, areAllBinlogServers };
}

/** One line about it. */
export const describeTree = ({ specs }: BinlogServerTree): string =>
  specs
    .slice(1)
    .map(({ number, source, isBinlogServer, logsReplicaUpdates, log }) => {
      const kind = isBinlogServer === true ? 'bls' : logsReplicaUpdates === true ? `logs to ${log?.prefix}` : 'no log';
      return `${number}<${source} ${kind}`;
    })
    .join(', ');
