import { isReplicating } from '../../model/instance.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { FreshnessSettings, ServerRecord } from '../../model/server-record.ts';
import { isLastCheckValid, PROMOTION_RULES, replicasOf } from '../../model/server-record.ts';
import type { OperationRequest } from '../operations/request.ts';

/** exact: as many semi-sync replicas as the primary waits for, the first by order. enough: no fewer than that, whoever it is. */
export type SemiSyncMode = 'exact' | 'enough';

/** What gives a primary its acknowledgements back: ordinary operations, in the order in which they are to be done. */
export interface SemiSyncRemedy {
  readonly requests: readonly OperationRequest[];
  /** What was weighed, one sentence each. */
  readonly reasons: readonly string[];
}

/** A direct replica that is there to be used: it answers, replicates, and has the plugins. */
type Usable = ServerRecord & { readonly instance: NonNullable<ServerRecord['instance']> };

/**
 * Which replicas are to acknowledge for a primary that waits for too few or too many of them (historic behaviour: locked
 * semi-sync masters, and masters with too many). A replica is possible when DetectSemiSyncEnforcedQuery gives it a priority
 * above 0; the order is by that, then promotion rule, then name. Pure.
 *
 * Different from history: nothing is switched off that would leave the primary with fewer than it waits for; and a replica that
 * acknowledges by its settings but has not connected since is made to connect anew.
 * @param records the fleet, or at least the primary's cluster. No requests: there is nothing that could be done, see the reasons.
 */
export function planSemiSyncRemedy(
  primary: ServerRecord,
  records: readonly ServerRecord[],
  mode: SemiSyncMode,
  freshness: FreshnessSettings,
): SemiSyncRemedy {
  const semiSync = primary.instance?.semiSync;
  const reasons: string[] = [];
  if (semiSync === undefined) return { requests: [], reasons: [`${formatKey(primary.key)} was never read`] };
  const usable = replicasOf(primary.key, records).filter((record): record is Usable => {
    const no = unusable(record, freshness);
    if (no !== null) reasons.push(no);
    return no === null;
  });
  const possible = usable.filter((record) => priorityOf(record) > 0).sort(byPriority);
  const asynchronous = usable.filter((record) => priorityOf(record) === 0).sort(byPriority);
  if (possible.length === 0)
    reasons.push(
      'no usable replica has a semi-sync priority above 0 (DetectSemiSyncEnforcedQuery), so that none may be made to acknowledge',
    );
  const wanted =
    mode === 'exact'
      ? exact(possible, asynchronous, semiSync.waitForReplicaCount)
      : enough(possible, semiSync.waitForReplicaCount - semiSync.connectedReplicas);
  const requests = [
    ...wanted.connect.map((record) => request('restart-replica', record)),
    ...wanted.on.map((record) => request('enable-semi-sync-replica', record)),
    ...wanted.off.map((record) => request('disable-semi-sync-replica', record)),
  ];
  if (requests.length === 0) return { requests, reasons };
  // A replica waits for nobody: it would lock by itself the day it is promoted.
  const waiting = possible.filter(({ instance }) => instance.semiSync.sourceEnabled);
  return { requests: [...waiting.map((record) => request('disable-semi-sync-master', record)), ...requests], reasons };
}

/**
 * Whether a replica that is being started shall acknowledge for its source, seen beside its siblings. null: it is left as it is.
 * It is not switched off while others are too few.
 */
export function shallAcknowledge(
  replica: ServerRecord,
  source: ServerRecord,
  records: readonly ServerRecord[],
  mode: SemiSyncMode,
  freshness: FreshnessSettings,
): boolean | null {
  const count = source.instance?.semiSync.waitForReplicaCount ?? 0;
  const siblings = replicasOf(source.key, records).filter(
    (record): record is Usable => !sameKey(record.key, replica.key) && unusable(record, freshness) === null,
  );
  const acknowledging = siblings.filter(acknowledges).length;
  if (mode === 'enough') return acknowledging < count ? true : null;
  const candidates = [replica as Usable, ...siblings.filter((record) => priorityOf(record) > 0)].sort(byPriority);
  if (candidates.slice(0, count).some(({ key }) => sameKey(key, replica.key))) return true;
  return acknowledging < count ? null : false;
}

interface Wanted {
  /** To acknowledge from now on. */
  readonly on: readonly Usable[];
  readonly off: readonly Usable[];
  /** Set to acknowledge, but not since they connected. */
  readonly connect: readonly Usable[];
}

const acknowledges = ({ instance }: Usable): boolean => instance.semiSync.replicaEnabled;
const mustConnect = (record: Usable): boolean => acknowledges(record) && !record.instance.semiSync.replicaActive;

/** The first `count` acknowledge, all others do not; those without priority only as long as there are too few with one. */
function exact(possible: readonly Usable[], asynchronous: readonly Usable[], count: number): Wanted {
  const keep = possible.slice(0, count);
  const spare = asynchronous.filter(acknowledges).slice(0, count - keep.length);
  const rest = [...possible.slice(count), ...asynchronous.filter((record) => !spare.includes(record))];
  return {
    on: keep.filter((record) => !acknowledges(record)),
    off: rest.filter(acknowledges),
    connect: keep.filter(mustConnect),
  };
}

/** Further ones are switched on, in order, until enough do; nothing is switched off. */
function enough(possible: readonly Usable[], missing: number): Wanted {
  const connect = possible.filter(mustConnect);
  const on = possible.filter((record) => !acknowledges(record)).slice(0, Math.max(0, missing - connect.length));
  return { on, off: [], connect };
}

/** Why a replica cannot be used, one sentence; null when it can. */
function unusable({ key, instance, check }: ServerRecord, freshness: FreshnessSettings): string | null {
  const name = formatKey(key);
  if (instance === null || !isLastCheckValid(check, freshness)) return `${name} does not answer`;
  if (!isReplicating(instance)) return `${name} does not replicate`;
  return instance.semiSync.available ? null : `${name} has no semi-synchronous replication`;
}

const priorityOf = ({ instance }: Usable): number => instance.classification.semiSyncPriority;

const byPriority = (a: Usable, b: Usable): number =>
  priorityOf(b) - priorityOf(a) ||
  PROMOTION_RULES.indexOf(a.intent.promotionRule) - PROMOTION_RULES.indexOf(b.intent.promotionRule) ||
  (formatKey(a.key) < formatKey(b.key) ? -1 : 1);

const request = (kind: OperationRequest['kind'], { key }: ServerRecord): OperationRequest => ({
  kind,
  instance: key,
  destination: null,
});
