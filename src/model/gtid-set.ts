import { OrchestratorError } from './error.ts';
import {
  containsIntervals,
  countIntervals,
  type GtidInterval,
  type GtidIntervals,
  intersectIntervals,
  normaliseIntervals,
  subtractIntervals,
  unionIntervals,
} from './gtid-interval.ts';
import { type Relation, relationOf } from './gtid-relation.ts';

/** The transactions of one source server under one tag. `uuid` and `tag` are lower case; `tag` is '' for untagged ones. */
export interface GtidGroup {
  readonly uuid: string;
  readonly tag: string;
  readonly intervals: GtidIntervals;
}

/** An Oracle GTID set: groups sorted by uuid, then tag (the untagged first); no group is empty. Immutable. */
export interface GtidSet {
  readonly kind: 'oracle-gtid-set';
  readonly groups: readonly GtidGroup[];
}

export const EMPTY_GTID_SET: GtidSet = { kind: 'oracle-gtid-set', groups: [] };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** MySQL 8.3 manual, "GTID Format": a letter or underscore, then up to 31 letters, digits, underscores. */
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
const INTERVAL = /^(\d{1,19})(?:-(\d{1,19}))?$/;
const MAX_SEQUENCE = 2n ** 63n - 1n;

/**
 * Reads `uuid:1-3:5:tag:1-4,uuid:…`, as gtid_executed, Retrieved_Gtid_Set and people write it: any case, any white space,
 * overlapping intervals, the same uuid several times, stray commas. '' is the empty set.
 * @throws OrchestratorError `bad-gtid-set` naming the text and the part that cannot be read.
 */
export function parseGtidSet(text: string): GtidSet {
  const collected = new Map<string, { uuid: string; tag: string; intervals: GtidInterval[] }>();
  for (const member of text.replace(/\s+/g, '').toLowerCase().split(',')) {
    if (member === '') continue;
    const [uuid = '', ...parts] = member.split(':');
    if (!UUID.test(uuid) || parts.length === 0) throw badGtidSet(text, member);
    let tag = '';
    let awaitsInterval = true;
    for (const part of parts) {
      const interval = INTERVAL.exec(part);
      if (interval === null) {
        if (!TAG.test(part) || (awaitsInterval && tag !== '')) throw badGtidSet(text, part);
        tag = part;
        awaitsInterval = true;
        continue;
      }
      const first = BigInt(interval[1] ?? '');
      const last = interval[2] === undefined ? first : BigInt(interval[2]);
      if (first < 1n || last < first || last > MAX_SEQUENCE) throw badGtidSet(text, part);
      awaitsInterval = false;
      const name = `${uuid}:${tag}`;
      const group = collected.get(name);
      if (group === undefined) collected.set(name, { uuid, tag, intervals: [{ first, last }] });
      else group.intervals.push({ first, last });
    }
    if (awaitsInterval) throw badGtidSet(text, member);
  }
  const groups = [...collected.values()].map(({ uuid, tag, intervals }) => ({
    uuid,
    tag,
    intervals: normaliseIntervals(intervals),
  }));
  return { kind: 'oracle-gtid-set', groups: groups.sort(compareGroups) };
}

function badGtidSet(text: string, part: string): OrchestratorError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new OrchestratorError(
    'bad-gtid-set',
    `"${shown}" is not a GTID set: cannot read "${part}"; write uuid:first-last, e.g. 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5`,
    { details: { text: shown, part } },
  );
}

/** Canonical text: lower case, sorted, no white space; `uuid:1-3:tag:1-4` puts the tags of a uuid behind its untagged ones. */
export function formatGtidSet(set: GtidSet): string {
  let text = '';
  let uuid = '';
  for (const group of set.groups) {
    if (group.uuid !== uuid) text += `${text === '' ? '' : ','}${group.uuid}`;
    uuid = group.uuid;
    if (group.tag !== '') text += `:${group.tag}`;
    for (const { first, last } of group.intervals) text += first === last ? `:${first}` : `:${first}-${last}`;
  }
  return text;
}

function compareGroups(a: GtidGroup, b: GtidGroup): number {
  if (a.uuid !== b.uuid) return a.uuid < b.uuid ? -1 : 1;
  if (a.tag !== b.tag) return a.tag < b.tag ? -1 : 1;
  return 0;
}

/** Walks two sorted lists of groups side by side and gives each pair (either side may be missing) to `visit`; ends when it says false. */
function visitPairs(
  a: GtidSet,
  b: GtidSet,
  visit: (groupA: GtidGroup | undefined, groupB: GtidGroup | undefined) => boolean,
): void {
  let indexA = 0;
  let indexB = 0;
  while (true) {
    const headA = a.groups[indexA];
    const headB = b.groups[indexB];
    if (headA === undefined && headB === undefined) return;
    const order = headA === undefined ? 1 : headB === undefined ? -1 : compareGroups(headA, headB);
    if (order <= 0) indexA++;
    if (order >= 0) indexB++;
    if (!visit(order <= 0 ? headA : undefined, order >= 0 ? headB : undefined)) return;
  }
}

function combine(
  a: GtidSet,
  b: GtidSet,
  operation: (intervalsA: GtidIntervals, intervalsB: GtidIntervals) => GtidIntervals,
): GtidSet {
  const groups: GtidGroup[] = [];
  visitPairs(a, b, (groupA, groupB) => {
    const named = groupA ?? groupB;
    const intervals = operation(groupA?.intervals ?? [], groupB?.intervals ?? []);
    if (named !== undefined && intervals.length > 0) groups.push({ uuid: named.uuid, tag: named.tag, intervals });
    return true;
  });
  return { kind: 'oracle-gtid-set', groups };
}

/** True when the set names no transaction. */
export const isEmptyGtidSet = (set: GtidSet): boolean => set.groups.length === 0;

/** Everything in a or b. */
export const unionGtidSets = (a: GtidSet, b: GtidSet): GtidSet => combine(a, b, unionIntervals);

/** Everything in a and not in b (MySQL's gtid_subtract). */
export const subtractGtidSets = (a: GtidSet, b: GtidSet): GtidSet => combine(a, b, subtractIntervals);

/** Everything in both. */
export const intersectGtidSets = (a: GtidSet, b: GtidSet): GtidSet => combine(a, b, intersectIntervals);

/** True when a has everything that b has (a ⊇ b). */
export function containsGtidSet(a: GtidSet, b: GtidSet): boolean {
  let contains = true;
  visitPairs(a, b, (groupA, groupB) => {
    contains = groupB === undefined || (groupA !== undefined && containsIntervals(groupA.intervals, groupB.intervals));
    return contains;
  });
  return contains;
}

/** True when both name the same transactions. */
export const equalGtidSets = (a: GtidSet, b: GtidSet): boolean => containsGtidSet(a, b) && containsGtidSet(b, a);

/** How a stands to b. */
export const compareGtidSets = (a: GtidSet, b: GtidSet): Relation =>
  relationOf(containsGtidSet(a, b), containsGtidSet(b, a));

/** How many transactions the set names. */
export function countTransactions(set: GtidSet): bigint {
  let count = 0n;
  for (const group of set.groups) count += countIntervals(group.intervals);
  return count;
}

/** The source uuids of the set, sorted, each once. */
export const uuidsOf = (set: GtidSet): readonly string[] => [...new Set(set.groups.map((group) => group.uuid))];

/** The set without all transactions (tagged ones too) of these sources. Case of the uuids does not matter. */
export function withoutUuids(set: GtidSet, uuids: Iterable<string>): GtidSet {
  const unwanted = new Set<string>();
  for (const uuid of uuids) unwanted.add(uuid.toLowerCase());
  return { kind: 'oracle-gtid-set', groups: set.groups.filter((group) => !unwanted.has(group.uuid)) };
}
