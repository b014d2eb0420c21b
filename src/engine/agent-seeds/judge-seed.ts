import type { AgentRecord, AgentStatus, LogicalVolume, SeedRecord } from '../../model/agent.ts';
import { bytesText } from './seed-words.ts';

export interface AnsweringAgent {
  readonly kind: 'answers';
  readonly record: AgentRecord;
  readonly status: AgentStatus;
  /** Its host by the name that servers go by here. */
  readonly address: string;
}

export type SeedSide =
  | AnsweringAgent
  | { readonly kind: 'unknown' }
  | { readonly kind: 'silent'; readonly message: string };

/** Everything that decides whether data may be copied from one host to another, gathered just now. */
export interface SeedFacts {
  readonly targetHost: string;
  readonly sourceHost: string;
  readonly target: SeedSide;
  readonly source: SeedSide;
  /** Another open seed of one of the hosts; null: none. */
  readonly other: SeedRecord | null;
  /** Why, as far as servers tell, the target must not be overwritten; null: nothing speaks against it. */
  readonly objection: string | null;
}

/** Where the data comes from. */
export type SeedSnapshot =
  /** Was mounted already; stays so. */
  | { readonly kind: 'mounted'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'to-mount'; readonly volume: string };

export type SeedVerdict =
  | { readonly kind: 'refused'; readonly held: readonly string[]; readonly refusal: string }
  | {
      readonly kind: 'agreed';
      readonly held: readonly string[];
      readonly target: AnsweringAgent;
      readonly source: AnsweringAgent;
      readonly snapshot: SeedSnapshot;
    };

type Ruling = { readonly holds: string } | { readonly refusal: string };

interface Pair {
  readonly facts: SeedFacts;
  readonly target: AnsweringAgent;
  readonly source: AnsweringAgent;
}

/** An LVM snapshot that is full has lost its data. */
const FULL_PERCENT = 100;

/**
 * The conditions of a seed in their order, one sentence each. The first that does not hold refuses it.
 * A snapshot that is not mounted yet tells no size; then the space is compared after mounting, when this is asked again.
 */
export function judgeSeed(facts: SeedFacts): SeedVerdict {
  const { targetHost, sourceHost, target, source } = facts;
  const refused = (held: readonly string[], refusal: string): SeedVerdict => ({ kind: 'refused', held, refusal });
  if (targetHost.toLowerCase() === sourceHost.toLowerCase())
    return refused([], `${targetHost} cannot be seeded from itself; name another source`);
  for (const [host, side] of [
    [targetHost, target],
    [sourceHost, source],
  ] as const) {
    if (side.kind === 'unknown') return refused([], `no agent of ${host} has registered; start it there`);
    if (side.kind === 'silent')
      return refused([], `the agent of ${host} does not answer; look at it there (${side.message})`);
  }
  if (target.kind !== 'answers' || source.kind !== 'answers') throw new Error('unreachable: both sides answer');
  const held = [`the agents of ${targetHost} and ${sourceHost} answer`];
  const pair: Pair = { facts, target, source };
  for (const rule of RULES) {
    const ruling = rule(pair);
    if ('refusal' in ruling) return refused(held, ruling.refusal);
    held.push(ruling.holds);
  }
  const snapshot = snapshotOf(pair);
  if (snapshot === null) throw new Error('unreachable: a rule asks for the snapshot');
  return { kind: 'agreed', held, target, source, snapshot };
}

const RULES: readonly ((pair: Pair) => Ruling)[] = [
  ({ facts, target, source }) => {
    const isSame =
      target.record.token === source.record.token || target.address.toLowerCase() === source.address.toLowerCase();
    return isSame
      ? { refusal: `${facts.targetHost} and ${facts.sourceHost} are one host under two names; name another source` }
      : { holds: 'they are two hosts' };
  },
  ({ facts: { other } }) =>
    other === null
      ? { holds: 'neither takes part in another seed' }
      : {
          refusal: `seed ${other.seedId} (${other.targetHostname} from ${other.sourceHostname}) is under way; wait for it, or abort it`,
        },
  ({ facts: { targetHost }, target }) => {
    const { mysqlIsRunning } = target.status;
    if (mysqlIsRunning === null)
      return { refusal: `the agent of ${targetHost} does not tell whether MySQL runs there; look at its log` };
    return mysqlIsRunning
      ? { refusal: `MySQL runs on ${targetHost}; stop it there first (agent-mysql-stop)` }
      : { holds: `MySQL does not run on ${targetHost}` };
  },
  ({ facts: { targetHost, objection } }) =>
    objection === null
      ? { holds: `no server that we know of lives on ${targetHost}` }
      : { refusal: `the data on ${targetHost} may be in use: ${objection}` },
  ({ facts: { targetHost }, target }) =>
    target.status.mount.isMounted
      ? {
          refusal: `a snapshot is mounted on ${targetHost} (${target.status.mount.path}), maybe the one its MySQL uses; unmount it first (agent-umount)`,
        }
      : { holds: `no snapshot is mounted on ${targetHost}` },
  snapshotRule,
  spaceRule,
];

function snapshotRule(pair: Pair): Ruling {
  const { facts, source } = pair;
  const { mount } = source.status;
  const snapshot = snapshotOf(pair);
  if (snapshot?.kind === 'mounted')
    return { holds: `${snapshot.path} is mounted on ${facts.sourceHost}, and will stay so` };
  if (snapshot !== null)
    return { holds: `${snapshot.volume} on ${facts.sourceHost} is a snapshot that can be mounted` };
  return mount.isMounted
    ? {
        refusal: `what is mounted on ${facts.sourceHost} (${mount.path}) holds no MySQL data whose size its agent tells; unmount it, or mount another volume`,
      }
    : { refusal: `${facts.sourceHost} has no snapshot that could be mounted; make one (agent-create-snapshot)` };
}

function spaceRule(pair: Pair): Ruling {
  const { facts, target } = pair;
  const snapshot = snapshotOf(pair);
  if (snapshot?.kind !== 'mounted')
    return { holds: `the space on ${facts.targetHost} is compared after mounting, before anything is erased` };
  // What the data folder holds now is erased before the copy; afterwards the free space is looked at again.
  const room = target.status.datadirFree + target.status.mysqlDiskUsage;
  const sizes = `${bytesText(snapshot.bytes)} of data and ${bytesText(room)} of room (free, or taken by the data that is overwritten)`;
  return room >= snapshot.bytes
    ? { holds: `there is enough space on ${facts.targetHost}: ${sizes}` }
    : { refusal: `there is too little space on ${facts.targetHost}: ${sizes}; make room there` };
}

/** What is mounted, else the snapshot that will be: the last by name, numbers by value, since names end with a date or time. */
function snapshotOf({ source }: Pair): SeedSnapshot | null {
  const { mount, volumes } = source.status;
  if (mount.isMounted) {
    const isUsable = mount.mysqlDataPath !== '' && mount.mysqlDiskUsage > 0;
    return isUsable ? { kind: 'mounted', path: mount.lvPath || mount.path, bytes: mount.mysqlDiskUsage } : null;
  }
  const snapshots = volumes.filter(
    ({ isSnapshot, path, snapshotPercent }) => isSnapshot && path !== '' && snapshotPercent < FULL_PERCENT,
  );
  const newest = snapshots.toSorted(byName).at(-1);
  return newest === undefined ? null : { kind: 'to-mount', volume: newest.path };
}

const byName = (one: LogicalVolume, other: LogicalVolume): number =>
  one.name.localeCompare(other.name, 'en', { numeric: true });
