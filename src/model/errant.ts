import { formatGtidSet, type GtidSet, parseGtidSet, subtractGtidSets, withoutUuids } from './gtid-set.ts';
import type { Instance } from './instance.ts';

/** What is needed beside the two servers to tell which transactions are errant. */
export interface ErrantContext {
  /** Uuids (and group names) from the top of the tree down to this server; its own may be among them. */
  readonly ancestryUuids: readonly string[];
  /**
   * Servers that were primaries of this cluster before. Only those whose transactions the source is known to have, e.g. after a
   * planned takeover: what a lost primary passed to this server alone is truly errant and would be hidden.
   */
  readonly formerPrimaryUuids: readonly string[];
  /** Of a pair that replicates from each other: its own writes are no error, the other just has not got them yet. */
  readonly isCoPrimary: boolean;
  /** Reads a set; give one with a memory when many servers share a source. */
  readonly parse?: (text: string) => GtidSet;
}

/**
 * Transactions that the server executed and its source has not, as canonical text; '' when none, or when either has no Oracle
 * GTIDs. What comes from an ancestor may just be on its way through the source's next reading, so it is not judged; the server's
 * own transactions are (historic rule of errant GTIDs).
 *
 * The source's reading must not be older than the server's, or what it executed in between shows as errant: the caller sees to it.
 * @throws OrchestratorError `bad-gtid-set` when a server's text cannot be read.
 */
export function errantGtid(instance: Instance, source: Instance, context: ErrantContext): string {
  if (instance.version.flavour === 'mariadb' || source.version.flavour === 'mariadb') return '';
  const [own, above] = [instance.executedGtid, source.executedGtid];
  if (own === '' || above === '' || own === above) return '';
  const parse = context.parse ?? parseGtidSet;
  const ownUuid = instance.serverUuid?.toLowerCase();
  const excused = [...context.ancestryUuids, ...context.formerPrimaryUuids].filter(
    (uuid) => context.isCoPrimary || uuid.toLowerCase() !== ownUuid,
  );
  return formatGtidSet(subtractGtidSets(withoutUuids(parse(own), excused), parse(above)));
}
