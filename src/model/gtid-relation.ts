/** How one history stands to another. diverged: each has something that the other lacks, or they cannot be compared. */
export const RELATIONS = ['equal', 'ahead', 'behind', 'diverged'] as const;
export type Relation = (typeof RELATIONS)[number];

/** The relation of a to b, from "a has all of b" and "b has all of a". */
export function relationOf(aHasAllOfB: boolean, bHasAllOfA: boolean): Relation {
  if (aHasAllOfB) return bHasAllOfA ? 'equal' : 'ahead';
  return bHasAllOfA ? 'behind' : 'diverged';
}
