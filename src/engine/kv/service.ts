import { kvPairsOf } from '../../legacy/kv-pairs.ts';
import { messageOf } from '../../model/error.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { FreshnessSettings, ServerRecord } from '../../model/server-record.ts';
import type {
  AddressLookup,
  AuditStore,
  Clock,
  KvClaim,
  KvOutlet,
  KvPair,
  KvStore,
  Leadership,
  Logger,
  RecoveryStore,
} from '../ports.ts';
import { createAddresses } from './addresses.ts';
import { rivalOf, type Succession } from './incumbent.ts';
import { hasAlias, type Publishable, publishablePrimaries } from './primaries.ts';
import { createPushing, type KvStoreState, type PushReason } from './pushing.ts';

/** What came of submitting the primaries by hand. */
export interface KvSubmission {
  readonly primaries: readonly Publishable[];
  readonly pairs: readonly KvPair[];
  /** One sentence each: aliases that were left alone, stores that failed. */
  readonly troubles: readonly string[];
}

/** The key-value stores, as the ways in see them. */
export interface KvUseCases {
  /** Writes the primary of one cluster, or of all (null), to every store, whatever they are thought to hold. */
  submit(clusterName: string | null): Promise<KvSubmission>;
  /** What submit() would write; changes nothing. */
  preview(clusterName: string | null): Promise<KvSubmission>;
  states(): readonly KvStoreState[];
}

/** A server that was just made primary. Without an alias nothing is published. */
export interface Promoted extends Succession {
  /** The epoch of the recovery; null for a takeover, which takes that of its cluster. */
  readonly epoch: number | null;
  audit(message: string): void;
}

export interface KvService extends KvUseCases {
  /**
   * Publishes a promotion. Resolves when every store has it, has failed, or patience is over; the rest goes on. Never rejects: no
   * store holds a recovery.
   */
  promoted(promotion: Promoted): Promise<void>;
  /** True when the alias is published for another cluster, so that this one must not be given its name for good. */
  isOfAnother(succession: Succession): Promise<boolean>;
  /** Looks whether the stores say what is: what is pending at every call, all of it once a minute. */
  reconcile(): Promise<void>;
  close(): Promise<void>;
}

/** What this program does not hold itself. */
export interface KvOutside {
  readonly outlets: readonly KvOutlet[];
  readonly lookup: AddressLookup;
}

const NOTHING_OUTSIDE: KvOutside = { outlets: [], lookup: { addresses: async () => ({ ipv4: '', ipv6: '' }) } };

export interface KvServiceDeps {
  readonly store: KvStore;
  readonly recoveries: Pick<RecoveryStore, 'currentEpoch' | 'readDeposed'>;
  readonly auditLog: Pick<AuditStore, 'write'>;
  /** Absent: only the backend's own table. */
  readonly kv?: KvOutside;
  readonly leadership: Pick<Leadership, 'isLeader'>;
  readonly clock: Clock;
  readonly logger: Logger;
  records(): readonly ServerRecord[];
  /** False when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
  isBeingRecovered(key: InstanceKey): boolean;
}

export interface KvSettings extends FreshnessSettings {
  /** KVClusterMasterPrefix, ending with a slash. */
  readonly prefix: string;
}

/** PostMasterFailover hooks wait so long for the stores: they have always come after them. */
const PATIENCE_MS = 1_000;
const RECONCILE_MS = 60_000;

export function createKvService(deps: KvServiceDeps, settings: KvSettings): KvService {
  const { store, clock, logger, kv: outside = NOTHING_OUTSIDE } = deps;
  const addresses = createAddresses({ ...deps, lookup: outside.lookup });
  const doubted = new Map<string, string>();
  let reconciledAtMs: number | null = null;
  const underWay = new Set<Promise<unknown>>();

  const pushing = createPushing({
    ...deps,
    outlets: outside.outlets,
    isCurrent: async (claim) => isSame(await store.readClaim(claim.alias), claim),
  });
  const known = async (alias: string, primary: InstanceKey): Promise<readonly KvPair[]> =>
    kvPairsOf(settings.prefix, alias, primary, await addresses.known(primary.hostname));
  const fresh = async (alias: string, primary: InstanceKey): Promise<readonly KvPair[]> =>
    kvPairsOf(settings.prefix, alias, primary, await addresses.refresh(primary.hostname));

  /** The cluster may bear its new name already. */
  const latestEpoch = async (clusterName: string, successor: InstanceKey): Promise<number> =>
    Math.max(await deps.recoveries.currentEpoch(clusterName), await deps.recoveries.currentEpoch(formatKey(successor)));

  async function publish(promotion: Promoted): Promise<void> {
    const { alias, clusterName, demoted, successor, audit } = promotion;
    const seen = await store.readClaim(alias);
    const latest = await latestEpoch(clusterName, successor);
    const epoch = promotion.epoch ?? latest;
    // An alias that came from another cluster brings that one's epoch along: then it counts who was published. Not for a promotion
    // that comes late: its demoted primary may have been taken back since.
    const goesOnFrom = (current: KvClaim): boolean =>
      epoch >= latest && isSame(current, seen) && sameKey(current.primary, demoted);
    const pairs = await known(alias, successor);
    const claim: KvClaim = { alias, primary: successor, epoch };
    const deposed = await deps.recoveries.readDeposed();
    let rival = null as InstanceKey | null;
    const isTaken = await store.claim(claim, pairs, (current) => {
      rival = rivalOf(promotion, current, { records: deps.records(), deposed }, settings);
      return rival === null && (current === null || current.epoch <= epoch || goesOnFrom(current));
    });
    if (rival !== null) return audit(rivalSentence(alias, rival));
    if (!isTaken) return audit(`Not published: a newer recovery has published another primary as ${alias}`);
    const failures = await pushing.push(claim, pairs, 'new');
    for (const sentence of failures) audit(`Not published: ${sentence}; it is tried again until it can be`);
    if (failures.length === 0) audit(`Published: ${pairs[0]?.key} is ${formatKey(successor)}`);
  }

  /** Takes a primary for published if nobody published another since `seen`; then brings it to the stores. */
  async function adopt(
    { alias, clusterName, primary }: Publishable,
    seen: KvClaim | null,
    reason: PushReason,
  ): Promise<readonly string[]> {
    const pairs = await fresh(alias, primary);
    const isNamed = seen !== null && sameKey(seen.primary, primary);
    const own = await deps.recoveries.currentEpoch(clusterName);
    const claim = isNamed ? seen : { alias, primary, epoch: Math.max(own, seen?.epoch ?? 0) };
    const isChanged = !isNamed || (await isAnyDifferent(pairs));
    if (isChanged && !(await store.claim(claim, pairs, (current) => isSame(current, seen)))) return [];
    if (!isNamed && seen !== null)
      await deps.auditLog.write(
        'kv-store',
        primary,
        clusterName,
        `${formatKey(primary)} is published as ${alias}, which was ${formatKey(seen.primary)}: it is the writable primary now`,
      );
    return pushing.push(claim, pairs, isNamed || seen === null ? reason : 'new');
  }

  async function isAnyDifferent(pairs: readonly KvPair[]): Promise<boolean> {
    const values = await Promise.all(pairs.map(({ key }) => store.get(key)));
    return pairs.some(({ value }, index) => values[index] !== value);
  }

  async function look(clusterName: string | null, isForced = true) {
    const records = deps.records();
    const claims = await store.readClaims();
    const deposed = await deps.recoveries.readDeposed();
    const { isBeingRecovered } = deps;
    const question = { records, claims, deposed, isBeingRecovered, isForced };
    const { publishable, doubts } = publishablePrimaries(question, settings);
    const isMeant = (one: { readonly clusterName: string }): boolean =>
      clusterName === null || one.clusterName === clusterName;
    const meant = new Set(
      records.filter(({ position }) => isMeant(position)).map(({ position }) => position.clusterAlias),
    );
    return {
      claims,
      doubts: new Map([...doubts].filter(([alias]) => meant.has(alias))),
      primaries: publishable.filter(isMeant),
    };
  }

  function tellDoubts(doubts: ReadonlyMap<string, string>): void {
    for (const [alias, sentence] of doubts)
      if (doubted.get(alias) !== sentence) logger.warn({ alias, sentence }, 'not clear who is primary');
    doubted.clear();
    for (const [alias, sentence] of doubts) doubted.set(alias, sentence);
  }

  /** What a store could not be told before, even if its primary is not to be seen at the moment. */
  async function pushPending(): Promise<void> {
    const pending = new Set(pushing.states().flatMap((state) => state.pending));
    const claims = (await store.readClaims()).filter(({ alias }) => pending.has(alias));
    await Promise.all(
      claims.map(async (claim) => pushing.push(claim, await known(claim.alias, claim.primary), 'check')),
    );
  }

  /** Reads the heads of the clusters concerned, so that nobody is published by hearsay. */
  async function readHeads(clusterName: string | null): Promise<void> {
    const { primaries } = await look(clusterName);
    await Promise.all(primaries.map(({ primary }) => deps.readNow(primary)));
  }

  /** close() waits for what has begun. */
  async function tracked<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  }

  return {
    states: pushing.states,
    async promoted(promotion) {
      if (promotion.alias === '' || promotion.alias === promotion.clusterName) return;
      const work = tracked(publish(promotion)).catch((thrown) => {
        logger.error({ err: thrown, alias: promotion.alias }, 'a promotion could not be published');
        promotion.audit(`Not published: ${messageOf(thrown)}`);
      });
      const patience = new AbortController();
      const over = clock.sleep(PATIENCE_MS, patience.signal).then(() => 'over');
      const isOver = (await Promise.race([work, over])) === 'over';
      patience.abort();
      if (isOver) promotion.audit('A key-value store takes its time; the recovery does not wait for it');
    },
    async isOfAnother(succession) {
      const claim = await store.readClaim(succession.alias);
      if (claim === null) return false;
      const deposed = await deps.recoveries.readDeposed();
      return rivalOf(succession, claim, { records: deps.records(), deposed }, settings) !== null;
    },
    async reconcile() {
      if (!deps.leadership.isLeader()) return;
      if (pushing.hasPending()) await tracked(pushPending());
      const nowMs = clock.monotonicMs();
      if (reconciledAtMs !== null && nowMs - reconciledAtMs < RECONCILE_MS) return;
      reconciledAtMs = nowMs;
      if (outside.outlets.length > 0) void addresses.warm(namedHosts(deps.records()));
      const { primaries, claims, doubts } = await look(null, false);
      tellDoubts(doubts);
      await tracked(Promise.all(primaries.map((one) => adopt(one, claimOf(claims, one), 'check'))));
    },
    async submit(clusterName) {
      await readHeads(clusterName);
      const { primaries, claims, doubts } = await look(clusterName);
      const failures = await tracked(Promise.all(primaries.map((one) => adopt(one, claimOf(claims, one), 'order'))));
      const pairs = await Promise.all(primaries.map(({ alias, primary }) => known(alias, primary)));
      return { primaries, pairs: pairs.flat(), troubles: [...new Set([...doubts.values(), ...failures.flat()])] };
    },
    async preview(clusterName) {
      const { primaries, doubts } = await look(clusterName);
      const pairs = await Promise.all(
        primaries.map(async ({ alias, primary }) =>
          kvPairsOf(settings.prefix, alias, primary, await addresses.ask(primary.hostname)),
        ),
      );
      return { primaries, pairs: pairs.flat(), troubles: [...doubts.values()] };
    },
    async close() {
      await Promise.allSettled(underWay);
      await Promise.all(outside.outlets.map((outlet) => outlet.close()));
    },
  };
}

/** Hosts of clusters that are published. */
const namedHosts = (records: readonly ServerRecord[]): ReadonlySet<string> =>
  new Set(records.filter(({ position }) => hasAlias(position)).map(({ key }) => key.hostname));

const claimOf = (claims: readonly KvClaim[], { alias }: Publishable): KvClaim | null =>
  claims.find((claim) => claim.alias === alias) ?? null;

const isSame = (a: KvClaim | null, b: KvClaim | null): boolean =>
  a === null || b === null ? a === b : a.epoch === b.epoch && sameKey(a.primary, b.primary);

const rivalSentence = (alias: string, rival: InstanceKey): string =>
  `Not published: another cluster goes by the alias ${alias}, that of ${formatKey(rival)}; give one of the two another alias`;
