import type { Positioning } from '../../../src/model/instance.ts';
import type { Random } from '../random.ts';
import { type ServerSpec, SIM_FLAVOURS, type SimFlavour } from '../sim-server.ts';
import { keyOf } from '../world.ts';

/** How the replicas of an invented fleet find their place. */
export const SIM_POSITIONINGS = ['gtid', 'coordinates', 'mixed'] as const;
export type SimPositioning = (typeof SIM_POSITIONINGS)[number];

/** An invented fleet, as a seed has it. */
export interface FleetPlan {
  readonly flavour: SimFlavour;
  readonly positioning: SimPositioning;
  readonly specs: readonly ServerSpec[];
  /** 1 and 2 replicate from each other. */
  readonly hasCoPrimaries: boolean;
}

const HIGHEST = 9;

/** A tree of 2 to 9 servers, number 1 on top; some have co-primaries, binlog servers, delays, filters, older versions. */
export function planFleet(random: Random): FleetPlan {
  const flavour = random.pick(SIM_FLAVOURS);
  const positioning = random.pick(SIM_POSITIONINGS);
  // Without GTIDs there is nothing to mix; MariaDB always has them.
  const isGtidOn = positioning !== 'coordinates' || flavour === 'mariadb-10.11' || random.chance(0.3);
  const count = random.between(2, HIGHEST);
  const hasBinlogServers = positioning === 'coordinates' && random.chance(0.3);
  const hasOlderPrimary = flavour === 'mysql-9.7' && random.chance(0.15);
  const hasCoPrimaries = random.chance(0.15);
  const specs: ServerSpec[] = [];
  for (let number = 1; number <= count; number += 1) {
    const above = number === 1 ? null : pickSource(specs, random);
    const isBinlogServer = hasBinlogServers && number > 1 && above?.isBinlogServer !== true && random.chance(0.25);
    const byPlace = isBinlogServer || above?.isBinlogServer === true || isByPlace(positioning, random);
    const source = number === 1 && hasCoPrimaries ? 2 : (above?.number ?? null);
    specs.push({
      number,
      key: keyOf(number),
      flavour,
      source,
      ...(source === null ? {} : { sourceKey: keyOf(source) }),
      isGtidOn,
      isBinlogServer,
      positioning: byPlace ? 'coordinates' : byGtid(flavour, number, hasCoPrimaries, random),
      isReadOnly: isReadOnly(number, flavour, hasCoPrimaries, random),
      delaySeconds: number > 1 && !isBinlogServer && random.chance(0.08) ? random.pick([1, 3600]) : 0,
      hasFilters: number > 1 && random.chance(0.06),
      logsReplicaUpdates: number === 1 || (number === 2 && hasCoPrimaries) || random.chance(0.93),
      log: isBinlogServer && above?.log !== undefined ? above.log : shapeOfLog(number, random),
      firstFile: isBinlogServer ? (above?.firstFile ?? 1) : random.between(1, 4),
      ...(hasOlderPrimary && (number === 1 || random.chance(0.5)) && (above === null || isOld(above))
        ? { version: ['8.0.36', 'MySQL Community Server - GPL'] as const }
        : {}),
    });
  }
  return {
    flavour,
    positioning,
    specs: specs.map((spec) => notTooLate(spec, specs)),
    hasCoPrimaries: hasCoPrimaries && count > 1,
  };
}

/** Nobody replicates from a server that is hours behind: what was moved below it would wait for hours. */
const notTooLate = (spec: ServerSpec, specs: readonly ServerSpec[]): ServerSpec =>
  spec.delaySeconds === 3600 && specs.some(({ source }) => source === spec.number)
    ? { ...spec, delaySeconds: 1 }
    : spec;

const isOld = ({ version }: ServerSpec): boolean => version !== undefined;

/** One that logs what it applies, so that others can replicate from it; not too deep. */
function pickSource(specs: readonly ServerSpec[], random: Random): ServerSpec {
  const able = specs.filter(({ logsReplicaUpdates, number }) => logsReplicaUpdates !== false || number === 1);
  return random.chance(0.4) && able[0] !== undefined ? able[0] : random.pick(able);
}

const isByPlace = (positioning: SimPositioning, random: Random): boolean =>
  positioning === 'coordinates' || (positioning === 'mixed' && random.chance(0.5));

/** By current_pos an open MariaDB could not come back to its co-primary before that has its latest transaction. */
function byGtid(flavour: SimFlavour, number: number, hasCoPrimaries: boolean, random: Random): Positioning {
  if (flavour !== 'mariadb-10.11') return 'oracle-auto';
  return !(hasCoPrimaries && number <= 2) && random.chance(0.2) ? 'mariadb-current-pos' : 'mariadb-slave-pos';
}

/** Two open primaries at once only where their transactions do not run through one domain. */
function isReadOnly(number: number, flavour: SimFlavour, hasCoPrimaries: boolean, random: Random): boolean {
  if (number === 1) return false;
  return !(number === 2 && hasCoPrimaries && flavour !== 'mariadb-10.11' && random.chance(0.3));
}

const shapeOfLog = (number: number, random: Random) => ({
  prefix: random.pick(['bin', 'mysql-bin', `log-${number}`]),
  header: random.between(110, 200),
  perFile: random.between(3, 30),
  overhead: random.between(60, 200),
});
