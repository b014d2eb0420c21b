/** Transactions `first` to `last` of one source, both included. Sequence numbers go to 2^63-1, hence bigint. */
export interface GtidInterval {
  readonly first: bigint;
  readonly last: bigint;
}

/** Sorted by `first`, never empty inside, never overlapping, never adjacent: every function here takes and gives this form. */
export type GtidIntervals = readonly GtidInterval[];

/** Brings any list of intervals into the normal form. Intervals with last < first are empty and vanish. */
export function normaliseIntervals(intervals: readonly GtidInterval[]): GtidIntervals {
  const sorted = intervals.filter((interval) => interval.first <= interval.last);
  sorted.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  return joinSorted(sorted);
}

/** Joins what overlaps or touches, in a list sorted by `first`. */
function joinSorted(sorted: readonly GtidInterval[]): GtidIntervals {
  const joined: GtidInterval[] = [];
  for (const next of sorted) {
    const previous = joined.at(-1);
    if (previous === undefined || next.first > previous.last + 1n) joined.push(next);
    else if (next.last > previous.last) joined[joined.length - 1] = { first: previous.first, last: next.last };
  }
  return joined;
}

/** Everything in a or b; linear. */
export function unionIntervals(a: GtidIntervals, b: GtidIntervals): GtidIntervals {
  const merged: GtidInterval[] = [];
  let indexA = 0;
  let indexB = 0;
  while (true) {
    const headA = a[indexA];
    const headB = b[indexB];
    if (headA === undefined && headB === undefined) return joinSorted(merged);
    if (headB === undefined || (headA !== undefined && headA.first <= headB.first)) {
      if (headA !== undefined) merged.push(headA);
      indexA++;
    } else {
      merged.push(headB);
      indexB++;
    }
  }
}

/** Everything in both; linear. */
export function intersectIntervals(a: GtidIntervals, b: GtidIntervals): GtidIntervals {
  const common: GtidInterval[] = [];
  let indexA = 0;
  let indexB = 0;
  while (true) {
    const headA = a[indexA];
    const headB = b[indexB];
    if (headA === undefined || headB === undefined) return common;
    const { first } = headA.first > headB.first ? headA : headB;
    const endsFirst = headA.last < headB.last ? headA : headB;
    if (first <= endsFirst.last) common.push({ first, last: endsFirst.last });
    if (endsFirst === headA) indexA++;
    else indexB++;
  }
}

/** Everything in a and not in b; linear. */
export function subtractIntervals(a: GtidIntervals, b: GtidIntervals): GtidIntervals {
  const rest: GtidInterval[] = [];
  let indexB = 0;
  for (const interval of a) {
    let first = interval.first;
    // Cuts of b that end before this interval cannot touch any later one either.
    for (let cut = b[indexB]; cut !== undefined && cut.last < first; cut = b[++indexB]);
    for (let index = indexB; first <= interval.last; index++) {
      const cut = b[index];
      if (cut === undefined || cut.first > interval.last) {
        rest.push({ first, last: interval.last });
        break;
      }
      if (cut.first > first) rest.push({ first, last: cut.first - 1n });
      first = cut.last + 1n;
    }
  }
  return rest;
}

/** True when a has everything that b has; linear, stops at the first lack. */
export function containsIntervals(a: GtidIntervals, b: GtidIntervals): boolean {
  let indexA = 0;
  for (const interval of b) {
    let holder = a[indexA];
    while (holder !== undefined && holder.last < interval.first) holder = a[++indexA];
    if (holder === undefined || holder.first > interval.first || holder.last < interval.last) return false;
  }
  return true;
}

/** How many transactions. */
export function countIntervals(intervals: GtidIntervals): bigint {
  let count = 0n;
  for (const interval of intervals) count += interval.last - interval.first + 1n;
  return count;
}
