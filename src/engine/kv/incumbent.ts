import { heirOf, isWritableHead, type Replaced, standsFor } from '../../model/incumbent.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { type FreshnessSettings, isLastCheckValid, type ServerRecord } from '../../model/server-record.ts';
import type { KvClaim } from '../ports.ts';

/* Whoever is made primary of another cluster under the same alias does not get the key of the one that is published. */

/** What is known of the servers, and of primaries that recoveries replaced. */
export interface KnownServers {
  readonly records: readonly ServerRecord[];
  readonly deposed: readonly Replaced[];
}

/** A change of primary. */
export interface Succession {
  readonly alias: string;
  /** The name the cluster had before. */
  readonly clusterName: string;
  readonly demoted: InstanceKey;
  readonly successor: InstanceKey;
}

/**
 * The server of another cluster to which the alias belongs, so that this change of primary must not take it; null when there is none.
 * `claim`: who is published under it. Where nobody is, any other writable primary under it will do: whoever is replaced first must not win.
 */
export function rivalOf(
  succession: Succession,
  claim: KvClaim | null,
  known: KnownServers,
  settings: FreshnessSettings,
): InstanceKey | null {
  const { alias, clusterName, demoted, successor } = succession;
  const recordOf = (key: InstanceKey): ServerRecord | undefined => known.records.find((one) => sameKey(one.key, key));
  const answers = (one: ServerRecord): boolean => isLastCheckValid(one.check, settings);
  const ownNames = [clusterName, formatKey(successor), recordOf(successor)?.position.clusterName];
  const isOwn = ({ key, position }: ServerRecord): boolean =>
    sameKey(key, demoted) || sameKey(key, successor) || ownNames.includes(position.clusterName);
  if (claim === null) {
    const isDeposed = (key: InstanceKey): boolean => known.deposed.some((one) => sameKey(one.key, key));
    const rival = known.records.find(
      (one) =>
        one.position.clusterAlias === alias &&
        !isOwn(one) &&
        !isDeposed(one.key) &&
        isWritableHead(one) &&
        answers(one),
    );
    return rival?.key ?? null;
  }
  if (sameKey(claim.primary, demoted) || sameKey(claim.primary, successor)) return null;
  const published = recordOf(heirOf(claim.primary, known.deposed));
  if (published === undefined || isOwn(published)) return null;
  return standsFor(published, alias, known.records, answers) ? published.key : null;
}
