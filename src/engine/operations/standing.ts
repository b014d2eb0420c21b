import { formatKey, type InstanceKey, isUsableKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { OperationRecord } from '../ports.ts';

export interface StandingDeps {
  recordOf(key: InstanceKey): ServerRecord | null;
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
  readOpen(): Promise<readonly OperationRecord[]>;
}

/** What each server of a plan replicated from, and how, when the plan was made: server → words. */
export type Standing = ReadonlyMap<string, string>;

const serversOf = (plan: OperationPlan): readonly InstanceKey[] => [
  ...new Map(
    [...plan.locks, ...plan.stages.flatMap(({ lanes }) => lanes.map(({ server }) => server))].map(
      (key) => [formatKey(key), key] as const,
    ),
  ).values(),
];

function words(key: InstanceKey, { recordOf }: Pick<StandingDeps, 'recordOf'>): string {
  const replication = recordOf(key)?.instance?.replication ?? null;
  if (replication === null) return 'has no source';
  return `replicates from ${formatKey(replication.source)} (${replication.positioning})`;
}

/** To be asked right when the plan is made. The new sources are in it, too. */
export const standingOf = (plan: OperationPlan, deps: Pick<StandingDeps, 'recordOf'>): Standing =>
  new Map(
    [...serversOf(plan), ...moves(plan).map(({ source }) => source)].map((key) => [formatKey(key), words(key, deps)]),
  );

/**
 * Another operation may have ended between the reading for a plan and its locks. Reads the plan's servers again; one sentence when
 * one of them replicates from elsewhere now, or otherwise, so that the plan is about a topology that is no more.
 */
export async function changedSince(plan: OperationPlan, seen: Standing, deps: StandingDeps): Promise<string | null> {
  const keys = serversOf(plan);
  await Promise.all(keys.map(deps.readNow));
  const changed = keys.find((key) => words(key, deps) !== seen.get(formatKey(key)));
  if (changed === undefined) return null;
  const name = formatKey(changed);
  return `${name} ${words(changed, deps)} now, it was otherwise when this was planned (${seen.get(name)}); ask again`;
}

/**
 * Two operations that lock different servers can make a ring together: one below two while two goes below one. To be asked when the
 * plan is written down and its servers are locked, so that of two such operations at least one sees the other. One sentence when the
 * plan, with what others are about to do, would make a server its own source.
 */
export async function ringAhead(
  plan: OperationPlan,
  uid: string,
  seen: Standing | null,
  given: StandingDeps,
): Promise<string | null> {
  const deps = { ...given, readNow: once(given.readNow) };
  const others = (await deps.readOpen()).filter((one) => one.uid !== uid);
  const planned = others.flatMap(({ purpose, planJson }) =>
    moves(JSON.parse(planJson) as OperationPlan).map((move) => ({ ...move, purpose })),
  );
  const own = moves(plan);
  for (const { server, source } of own) {
    const isNew = !sameKey(deps.recordOf(server)?.instance?.replication?.source ?? NOWHERE, source);
    const found = isNew ? await pathUp(source, server, { own, planned, deps }) : null;
    if (found === null || (found.length === 1 && isMeant(source, planned, seen, deps))) continue;
    const busy = planned.find((move) => found.some((key) => sameKey(key, move.server)));
    const name = formatKey(server);
    const why = busy === undefined ? 'is below it now' : `is about to be (${busy.purpose} is under way or unfinished)`;
    return `${name} cannot come below ${formatKey(source)}: that ${why}`;
  }
  return null;
}

/** The moves of a plan mostly lead up the same way: each server on it is read once. */
function once(readNow: StandingDeps['readNow']): StandingDeps['readNow'] {
  const readings = new Map<string, Promise<boolean>>();
  return (key) => {
    const reading = readings.get(formatKey(key)) ?? readNow(key);
    readings.set(formatKey(key), reading);
    return reading;
  };
}

/** Co-primaries are made on purpose: of a server and its replica, which it was when that was planned, and stays. */
const isMeant = (source: InstanceKey, planned: readonly Move[], seen: Standing | null, deps: StandingDeps): boolean =>
  !planned.some(({ server }) => sameKey(server, source)) &&
  (seen === null || seen.get(formatKey(source)) === words(source, deps));

interface Move {
  readonly server: InstanceKey;
  readonly source: InstanceKey;
}

const NOWHERE: InstanceKey = { hostname: '', port: 0 };

const moves = ({ effects }: OperationPlan): readonly Move[] =>
  effects.flatMap((effect) =>
    effect.kind === 'source' && effect.source !== null ? [{ server: effect.server, source: effect.source }] : [],
  );

/** The servers on the way up from one to another, by what is now and by what is planned; null when there is no way. */
async function pathUp(
  from: InstanceKey,
  to: InstanceKey,
  { own, planned, deps }: { own: readonly Move[]; planned: readonly Move[]; deps: StandingDeps },
): Promise<readonly InstanceKey[] | null> {
  const seen = new Set<string>();
  const queue: (readonly InstanceKey[])[] = [[from]];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const key = path.at(-1);
    if (key === undefined || seen.has(formatKey(key))) continue;
    seen.add(formatKey(key));
    const above = await sourcesOf(key, own, planned, deps);
    if (above.some((source) => sameKey(source, to))) return path;
    queue.push(...above.map((source) => [...path, source]));
  }
  return null;
}

async function sourcesOf(
  key: InstanceKey,
  own: readonly Move[],
  planned: readonly Move[],
  deps: StandingDeps,
): Promise<readonly InstanceKey[]> {
  const ours = own.filter(({ server }) => sameKey(server, key)).map(({ source }) => source);
  if (ours.length > 0) return ours;
  await deps.readNow(key);
  const now = deps.recordOf(key)?.instance?.replication?.source;
  const theirs = planned.filter(({ server }) => sameKey(server, key)).map(({ source }) => source);
  return [...(now === undefined ? [] : [now]), ...theirs].filter(isUsableKey);
}
