import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { compareProgress, describeDifference, progressOf, surplusOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput, Participant } from './input.ts';
import { failedRecord } from './participants.ts';

/**
 * The other one of two co-primaries: the failed server followed it, and it the failed one when that failed. null: there was no
 * ring of two. Below a longer ring or a plain primary there is none.
 */
export function otherCoPrimary(input: FailoverInput): ServerRecord | null {
  const source = failedRecord(input)?.instance?.replication?.source;
  if (source === undefined || !input.family.has(formatKey(source))) return null;
  return input.records.find(({ key }) => sameKey(key, source)) ?? null;
}

/** Who must be promoted, whatever the order among the replicas; or why nobody may be. null: the order decides. */
export type Demand =
  | { readonly kind: 'must'; readonly other: InstanceKey; readonly why: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
  | null;

/**
 * Of two co-primaries the other one takes over if it takes writes, or CoMasterRecoveryMustPromoteOtherCoMaster says so (historic
 * behaviour, co-master recovery). Beside one that takes writes nobody else is made writable, not even at a person's word.
 * A successor that was begun with is gone on with.
 */
export function coPrimaryDemand(input: FailoverInput): Demand {
  const other = otherCoPrimary(input);
  if (other === null || other.instance === null || input.committedSuccessor !== null) return null;
  const name = formatKey(other.key);
  const takesWrites = !other.instance.isReadOnly;
  const named = input.explicitCandidate;
  if (named !== null) {
    if (!takesWrites || sameKey(named, other.key)) return null;
    const reason = `${name}, the other co-primary, takes writes: ${formatKey(named)} cannot be promoted beside it; choose ${name}, or close it first (set-read-only)`;
    return { kind: 'forbidden', reason };
  }
  if (!takesWrites && !input.settings.mustPromoteOtherCoPrimary) return null;
  const why = `${name} is the other co-primary and ${takesWrites ? 'takes writes already' : 'must be the one (CoMasterRecoveryMustPromoteOtherCoMaster)'}`;
  if (input.fresh.has(formatKey(other.key))) return { kind: 'must', other: other.key, why };
  const remedy = takesWrites ? 'bring it back' : 'bring it back, or choose with "recover -i … -d <candidate>"';
  return { kind: 'forbidden', reason: `${why}, but it does not answer; ${remedy}` };
}

/**
 * Why the other co-primary cannot have all that the replicas have; null when it has, or can get it from one of them.
 * Two servers that both took writes differ in both directions as a matter of course: each write is on its way round. What came
 * from the failed one may be fetched from whichever replica got it first (Oracle GTIDs say where a transaction is from; a
 * MariaDB position does not tell which ones are missing, so there a person must look).
 */
export function cannotUnite(
  other: Participant,
  maximal: readonly Participant[],
  input: FailoverInput,
): { readonly reason: string } | null {
  const failedUuid = failedRecord(input)?.instance?.serverUuid ?? null;
  const own = progressOf(other.instance);
  for (const one of maximal) {
    const progress = progressOf(one.instance);
    if (one === other || compareProgress(progress, own) !== 'diverged') continue;
    const isOfFailed =
      failedUuid !== null && progress.kind === 'oracle' && isOnlyOf(failedUuid, surplusOf(progress, own));
    if (!isOfFailed) {
      const difference = describeDifference(one.instance, other.instance);
      return {
        reason: `${one.name} and ${other.name} have diverged: ${difference}; choose one with "recover -i … -d <candidate>", the others must then be rebuilt`,
      };
    }
  }
  return null;
}

/** True when every transaction of a GTID set has this uuid. */
const isOnlyOf = (uuid: string, gtids: string): boolean =>
  gtids.split(',').every((part) => part.trim().toLowerCase().startsWith(`${uuid.toLowerCase()}:`));
