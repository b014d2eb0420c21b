import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { compareProgress, describeDifference, progressOf, surplusOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Objection } from '../plan.ts';
import { usesGtid } from '../steps/flavour.ts';
import type { FailoverInput, KnownPair, Participant } from './input.ts';
import { failedRecord } from './participants.ts';
import { reachOf } from './places.ts';

/** What was known of the pair: from the beginning of the recovery, else by the failed server's record; null: it followed nobody. */
function pairOf(input: FailoverInput): KnownPair | null {
  const { passed, instance } = failedRecord(input) ?? {};
  const other = input.pair?.other ?? instance?.replication?.source;
  if (other === undefined) return null;
  const byRecord = passed !== undefined && sameKey(passed.other, other) ? passed.at : null;
  const known = input.pair === undefined ? byRecord : input.pair.passed;
  return { other, passed: known ?? restedBehind(other, input) };
}

/** A recovery has left it with the place where the other one came to rest. That counts for this successor only, in whose log others go on there. */
function restedBehind(other: InstanceKey, { committedSuccessor, rests }: FailoverInput): BinlogCoordinates | null {
  if (committedSuccessor === null || !sameKey(other, committedSuccessor)) return null;
  return rests?.get(formatKey(other))?.passed ?? null;
}

/**
 * The other one of two co-primaries: the failed server followed it, and it the failed one when that failed. null: there was no
 * ring of two. Below a longer ring or a plain primary there is none.
 */
export function otherCoPrimary(input: FailoverInput): ServerRecord | null {
  const other = pairOf(input)?.other;
  if (other === undefined) return null;
  // One that an earlier recovery has promoted follows nobody by now.
  const isCommitted = input.committedSuccessor !== null && sameKey(other, input.committedSuccessor);
  if (!isCommitted && !input.family.has(formatKey(other))) return null;
  return input.records.find(({ key }) => sameKey(key, other)) ?? null;
}

/**
 * By file and position: this is the other co-primary, and nobody knows which place in the failed one's log comes after all that it has
 * written itself. An equal place there does not mean equal data then. (With GTIDs its rows tell themselves apart.)
 */
export function mayHaveOwnRows(instance: Instance, input: FailoverInput): boolean {
  const other = otherCoPrimary(input);
  if (other === null || !sameKey(other.key, instance.key) || usesGtid(instance)) return false;
  return !instance.isReadOnly || (pairOf(input)?.passed ?? null) === null;
}

/** This is the other co-primary, and replicas go by file and position. */
export function isOtherByPlace({ key, instance }: Participant, input: FailoverInput): boolean {
  const other = otherCoPrimary(input);
  return other !== null && sameKey(other.key, key) && !usesGtid(instance);
}

/**
 * By file and position: what this server has of the failed one's log may not hold all that the other co-primary has written itself. It has
 * all where it has come to the place that is known to lie behind those rows.
 */
export function mayLackOwnRows(one: Participant, input: FailoverInput): boolean {
  const other = otherCoPrimary(input);
  if (other?.instance == null || usesGtid(other.instance)) return false;
  if (sameKey(other.key, one.key)) return false;
  return mayHaveOwnRows(other.instance, input) || isBeforeOwnRows(reachOf(one, input), input);
}

/** This place in the failed one's log may lie before rows of the other co-primary. */
export function isBeforeOwnRows(place: BinlogCoordinates | null, input: FailoverInput): boolean {
  const passed = pairOf(input)?.passed ?? null;
  return passed === null || place === null || compareCoordinates(place, passed) < 0;
}

/** Nobody is promoted by himself who may lack rows that the other co-primary has acknowledged; a person may name him. */
export function lacksOwnRows(participants: readonly Participant[], input: FailoverInput): Objection[] {
  if (input.explicitCandidate !== null || input.committedSuccessor !== null) return [];
  const other = otherCoPrimary(input);
  if (other === null || other.instance === null || mayHaveOwnRows(other.instance, input)) return [];
  return participants
    .filter((one) => mayLackOwnRows(one, input))
    .map(({ name }) => ({
      subject: name,
      rule: 'lacks-own-rows',
      explanation: `${name} may lack rows of ${formatKey(other.key)}, the other co-primary: in the log of ${formatKey(input.failed)} it has not come to where they are known to be passed`,
    }));
}

/** Who must be promoted, whatever the order among the replicas; or why nobody may be. null: the order decides. */
export type Demand =
  | { readonly kind: 'must'; readonly other: InstanceKey; readonly why: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
  | null;

/**
 * Of two co-primaries the other one takes over if it takes writes, or CoMasterRecoveryMustPromoteOtherCoMaster says so (historic
 * behaviour, co-master recovery), or by file and position if it may have rows that nobody else has. Beside one that takes writes nobody else is made writable, not even at a person's word.
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
  const must = whyItMust(other.instance, input);
  if (must === null) return null;
  const why = `${name} is the other co-primary and ${must}`;
  if (input.fresh.has(formatKey(other.key))) return { kind: 'must', other: other.key, why };
  const remedy = takesWrites ? 'bring it back' : 'bring it back, or choose with "recover -i … -d <candidate>"';
  return { kind: 'forbidden', reason: `${why}, but it does not answer; ${remedy}` };
}

/** Why it is the other co-primary that must be promoted; null: another one may be. */
function whyItMust(other: Instance, input: FailoverInput): string | null {
  if (!other.isReadOnly) return 'takes writes already';
  if (input.settings.mustPromoteOtherCoPrimary) return 'must be the one (CoMasterRecoveryMustPromoteOtherCoMaster)';
  return mayHaveOwnRows(other, input) ? 'may have rows of its own that nobody else has' : null;
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
