import {
  countTransactions,
  formatGtidSet,
  type GtidSet,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
} from '../../../model/gtid-set.ts';
import { primaryOf } from '../../../model/topology.ts';
import type { Objection, Step } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { isObjection, type Member, memberOf, type OperationInput } from '../input.ts';
import { firstOf, notFresh } from '../rules/can-move.ts';
import { noErrant, noGtid, notJudged } from './errant-rules.ts';
import { type Deed, objection, plannerOn } from './single.ts';

/** GTIDs per command; each is three short statements. */
const BATCH = 200;
const BATCH_DEADLINE_MS = 30_000;
/** More empty transactions than this would keep the primary busy for too long. */
const MOST_INJECTED = 20_000n;

/** Every GTID of a set by itself, `uuid:n` or `uuid:tag:n`. */
function explode(set: GtidSet): string[] {
  const gtids: string[] = [];
  for (const { uuid, tag, intervals } of set.groups) {
    for (const { first, last } of intervals) {
      for (let sequence = first; sequence <= last; sequence += 1n)
        gtids.push(`${uuid}:${tag === '' ? '' : `${tag}:`}${sequence}`);
    }
  }
  return gtids;
}

/** The cluster's open primary, where empty transactions make errant ones known to all. */
function openPrimary(member: Member, input: OperationInput): Member | Objection {
  const { clusterName } = member.record.position;
  const head = primaryOf(input.records, clusterName);
  if (head === null) return objection(member, 'no-primary', `the cluster of ${member.name} has no known primary`);
  const primary = memberOf(input, head.key);
  if (isObjection(primary)) return primary;
  if (primary.instance.isReadOnly)
    return objection(primary, 'primary-read-only', `${primary.name}, the primary of ${clusterName}, is read_only`);
  return noGtid(primary) ?? notFresh(primary, input) ?? primary;
}

/** gtid-errant-inject-empty: one empty transaction per errant GTID on the cluster's primary, from where everybody gets them. */
export const planErrantInject = plannerOn(
  'inject empty transactions for the errant GTIDs of',
  (member, input): Deed | Objection => {
    const no = firstOf(
      () => notJudged(member, input),
      () => noErrant(member, 'gtid-errant-inject-empty'),
      () => noGtid(member),
    );
    if (no !== null) return no;
    const primary = openPrimary(member, input);
    if (isObjection(primary)) return primary;
    const errant = parseGtidSet(member.record.position.errantGtid);
    const missing = subtractGtidSets(errant, parseGtidSet(primary.instance.executedGtid));
    if (isEmptyGtidSet(missing)) return { steps: [], reasons: [`${primary.name} has them all already`] };
    const count = countTransactions(missing);
    if (count > MOST_INJECTED) {
      return objection(
        member,
        'too-many',
        `${member.name} has ${count} errant transactions, more than ${MOST_INJECTED}; gtid-errant-reset-master does without injecting them`,
      );
    }
    const gtids = explode(missing);
    const steps: Step[] = [];
    for (let begin = 0; begin < gtids.length; begin += BATCH) {
      const batch = gtids.slice(begin, begin + BATCH);
      const why = `${primary.name} commits ${batch.length} empty transactions`;
      const gtid = formatGtidSet(parseGtidSet(batch.join(',')));
      steps.push(
        commandStep(`inject ${begin / BATCH + 1}`, primary, { kind: 'inject-empty', gtids: batch }, why, {
          requires: { kind: 'read-only', readOnly: false },
          ensures: { kind: 'has-executed', gtid },
          deadlineMs: BATCH_DEADLINE_MS,
          isDestructive: true,
        }),
      );
    }
    return {
      steps,
      on: primary,
      reasons: [`${count} empty transactions on ${primary.name} make ${formatGtidSet(missing)} known to all`],
    };
  },
);
