import { missingFrom } from '../../model/gtid-position.ts';
import { countTransactions, subtractGtidSets } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { chooseSuccessor } from '../failover/choose.ts';
import type { FailoverInput, Participant } from '../failover/input.ts';
import { absentReplicas, participantsOf } from '../failover/participants.ts';
import type { Candidate } from './readiness.ts';

/** So many are put in order; comparing sets is work, and nobody loses three successors at once. */
const RANKED_AT_MOST = 3;

/** Received and not yet executed, in transactions; null by coordinates, which do not count any. */
export function transactionsToApply(instance: Instance): number | null {
  const progress = progressOf(instance);
  if (progress.kind === 'oracle')
    return Number(countTransactions(subtractGtidSets(progress.complete, progress.executed)));
  if (progress.kind === 'mariadb')
    return missingFrom(progress.executed, progress.complete).reduce(
      (sum, { first, last }) => sum + Number(last - first) + 1,
      0,
    );
  return null;
}

/** Every other server of the cluster, the successor first, then who would be next without it; then those that cannot, and why. */
export function rankCandidates(input: FailoverInput): Candidate[] {
  const participants = participantsOf(input);
  const absent = new Set(absentReplicas(input).map(({ key }) => formatKey(key)));
  const { ranked, objections, lastReason } = putInOrder(participants, input);
  const failed = formatKey(input.failed);
  const candidates = input.records
    .filter(({ key }) => formatKey(key) !== failed)
    .map((record): Candidate => {
      const name = formatKey(record.key);
      const place = ranked.findIndex((one) => one.name === name);
      const own = describe(record, name);
      if (place >= 0) return { ...own, rank: place + 1, rule: null, why: ranked[place]?.why ?? '' };
      const objection = objections.get(name);
      if (objection !== undefined) return { ...own, rule: objection.rule, why: objection.explanation };
      if (absent.has(name)) return { ...own, rule: 'no-answer', why: `${name} does not answer` };
      if (!participants.some((one) => one.name === name))
        return { ...own, rule: 'not-direct', why: `${name} is no direct replica of ${failed}` };
      if (ranked.length >= RANKED_AT_MOST) return { ...own, rule: 'further-back', why: `${name} may be promoted` };
      return { ...own, rule: 'not-chosen', why: lastReason };
    });
  return candidates.sort((a, b) => (a.rank ?? Number.POSITIVE_INFINITY) - (b.rank ?? Number.POSITIVE_INFINITY) || 0);
}

const describe = (record: ServerRecord, name: string): Omit<Candidate, 'rule' | 'why'> => ({
  key: record.key,
  name,
  rank: null,
  promotionRule: record.intent.promotionRule,
  lagSeconds: record.instance?.lagSeconds ?? null,
  transactionsToApply: record.instance === null ? null : transactionsToApply(record.instance),
});

interface Order {
  readonly ranked: readonly { readonly name: string; readonly why: string }[];
  /** As in the first choice: those of the later ones would tell of a smaller family. */
  readonly objections: ReadonlyMap<string, { readonly rule: string; readonly explanation: string }>;
  /** Why nobody else could be chosen. */
  readonly lastReason: string;
}

function putInOrder(participants: readonly Participant[], input: FailoverInput): Order {
  const ranked: { readonly name: string; readonly why: string }[] = [];
  let left = participants;
  let objections: Order['objections'] | null = null;
  let lastReason = 'nobody else is left';
  while (left.length > 0 && ranked.length < RANKED_AT_MOST) {
    const choice = chooseSuccessor(left, input);
    objections ??= new Map(choice.objections.map((one) => [one.subject, one]));
    if (choice.kind === 'none') {
      lastReason = choice.reason;
      break;
    }
    const { successor, reasons } = choice;
    ranked.push({ name: successor.name, why: reasons.join('; ') });
    left = left.filter((one) => one.name !== successor.name);
  }
  return { ranked, objections: objections ?? new Map(), lastReason };
}
