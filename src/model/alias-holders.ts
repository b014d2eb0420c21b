import { standsFor } from './incumbent.ts';
import { type InstanceKey, sameKey } from './instance-key.ts';
import { LOST_IN_RECOVERY } from './lost-in-recovery.ts';
import type { ServerRecord } from './server-record.ts';

/** What speaks for the cluster that a server is in; earlier entries weigh more. */
type Claim = readonly number[];

/** What was said of clusters: by people (cluster name → alias), and by publishing a primary (alias → the server). */
interface Said {
  readonly overrides: ReadonlyMap<string, string>;
  readonly published: ReadonlyMap<string, InstanceKey>;
}

const answers = ({ instance, check }: ServerRecord): boolean => instance !== null && check.failure === null;

/** The cluster of the server that is published under the alias, as long as that stands for one. */
function publishedCluster(alias: string, records: readonly ServerRecord[], { published }: Said): string | null {
  const key = published.get(alias);
  const record = key && records.find((one) => sameKey(one.key, key));
  return record && standsFor(record, alias, records, answers) ? record.position.clusterName : null;
}

function claimOf(record: ServerRecord, alias: string, said: Said, published: string | null): Claim {
  const { instance, intent, position } = record;
  return [
    Number(intent.downtime?.reason !== LOST_IN_RECOVERY),
    Number(said.overrides.get(position.clusterName) === alias),
    Number(position.clusterName === published),
    Number(answers(record)),
    Number(instance !== null && !instance.isReadOnly),
    position.replicas.length,
  ];
}

/** Above 0 when the first claim is the better one. */
function compareClaims(one: Claim, other: Claim): number {
  for (const [index, weight] of one.entries()) {
    const difference = weight - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A cluster that goes by an alias, and what speaks for it. */
interface Claimant {
  readonly clusterName: string;
  readonly best: Claim;
  readonly count: number;
}

/**
 * Which cluster each alias means. Only one can hold an alias, though several may go by it: a primary that was replaced stands alone
 * afterwards, and still suggests what its cluster was called. The holder is the cluster of the best of their servers: not lost in a
 * recovery, named so by people, its primary published under it, answering, writable, with most replicas (historic order of cluster_alias); then the
 * largest, the first by name. What people said weighs more than who answers: one check that fails everywhere at once takes no name from a
 * cluster. So does what is published: while a primary is dead, a writable copy of the data does not pass for its cluster.
 * `overrides`: cluster name → alias set by people; `published`: alias → the server published under it.
 */
export function aliasHolders(
  records: readonly ServerRecord[],
  overrides: ReadonlyMap<string, string>,
  published: ReadonlyMap<string, InstanceKey>,
): ReadonlyMap<string, string> {
  const holders = new Map<string, string>();
  const disputed = new Set<string>();
  for (const { position } of records) {
    const known = holders.get(position.clusterAlias);
    if (known === undefined) holders.set(position.clusterAlias, position.clusterName);
    else if (known !== position.clusterName) disputed.add(position.clusterAlias);
  }
  for (const alias of disputed) {
    const claimants = claimantsOf(alias, records, { overrides, published });
    const [first] = claimants.sort(
      (a, b) => compareClaims(b.best, a.best) || b.count - a.count || (a.clusterName < b.clusterName ? -1 : 1),
    );
    if (first !== undefined) holders.set(alias, first.clusterName);
  }
  return holders;
}

function claimantsOf(alias: string, records: readonly ServerRecord[], said: Said): Claimant[] {
  const published = publishedCluster(alias, records, said);
  const claimants = new Map<string, Claimant>();
  for (const record of records) {
    const { clusterAlias, clusterName } = record.position;
    if (clusterAlias !== alias) continue;
    const claim = claimOf(record, alias, said, published);
    const known = claimants.get(clusterName);
    const best = known !== undefined && compareClaims(known.best, claim) >= 0 ? known.best : claim;
    claimants.set(clusterName, { clusterName, best, count: (known?.count ?? 0) + 1 });
  }
  return [...claimants.values()];
}
