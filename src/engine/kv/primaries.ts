import { heirOf, isWritableHead, standsFor } from '../../model/incumbent.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { FreshnessSettings, ServerRecord } from '../../model/server-record.ts';
import { isLastCheckValid } from '../../model/server-record.ts';
import { groupBy } from '../basis/group-by.ts';
import type { KvClaim } from '../ports.ts';
import type { KnownServers } from './incumbent.ts';

/** A primary that may be published under its cluster's alias. */
export interface Publishable {
  readonly alias: string;
  readonly clusterName: string;
  readonly primary: InstanceKey;
}

/** Primaries that were replaced, and those being replaced now: whatever they show, they are not published. */
export interface PublishableQuestion extends KnownServers {
  readonly claims: readonly KvClaim[];
  isBeingRecovered(key: InstanceKey): boolean;
  /** A person asked: their word counts where the one published before does not answer. */
  readonly isForced: boolean;
}

/** The answer, and for each alias that is left alone one sentence why. */
export interface PublishableAnswer {
  readonly publishable: readonly Publishable[];
  readonly doubts: ReadonlyMap<string, string>;
}

/**
 * Which primaries stand to be published: writable heads of clusters that have an alias, with a valid last check (historic: all
 * writeable masters with an alias). Where several servers would do, the one published before stays; without such, none is:
 * whoever was discovered last must not win. Nor does anybody take the place of one that merely does not answer; a recovery, a
 * takeover or a person says so.
 */
export function publishablePrimaries(question: PublishableQuestion, settings: FreshnessSettings): PublishableAnswer {
  const isDeposed = (key: InstanceKey): boolean => question.deposed.some((one) => sameKey(one.key, key));
  const heads = question.records
    .filter((record) => isWritableHead(record) && isLastCheckValid(record.check, settings))
    .filter(({ key, position }) => hasAlias(position) && !isDeposed(key) && !question.isBeingRecovered(key));
  const publishable: Publishable[] = [];
  const doubts = new Map<string, string>();
  for (const [alias, candidates] of groupBy(heads, ({ position }) => position.clusterAlias)) {
    const claim = question.claims.find((one) => one.alias === alias);
    const [first] = candidates;
    const known = claim === undefined ? undefined : candidates.find(({ key }) => sameKey(key, claim.primary));
    const chosen = candidates.length === 1 ? first : known;
    if (candidates.length > 1) doubts.set(alias, doubt(alias, candidates, chosen ?? null));
    if (chosen === undefined) continue;
    const isHeld = claim !== undefined && known === undefined && !givesWay(claim, chosen, question, settings);
    if (isHeld) doubts.set(alias, silence(alias, claim, chosen));
    else publishable.push({ alias, clusterName: chosen.position.clusterName, primary: chosen.key });
  }
  return { publishable, doubts };
}

/** A cluster that people gave no name has no key: its address would change with every failover. */
export const hasAlias = ({ clusterAlias, clusterName }: ServerRecord['position']): boolean =>
  clusterAlias !== '' && clusterAlias !== clusterName;

/**
 * True when the one that is published, or who replaced it, is known not to be the primary any more. One that is being replaced is
 * not: its recovery says who is, and until then another cluster under the same alias must not get its key.
 */
function givesWay(
  { alias, primary }: KvClaim,
  chosen: ServerRecord,
  { records, deposed, isForced }: PublishableQuestion,
  settings: FreshnessSettings,
): boolean {
  const heir = heirOf(primary, deposed);
  const published = records.find(({ key }) => sameKey(key, heir));
  if (isForced || published === undefined || sameKey(heir, chosen.key)) return true;
  // A group elects its primary itself.
  if (chosen.instance?.group?.memberRole === 'PRIMARY') return true;
  const answers = (one: ServerRecord): boolean => isLastCheckValid(one.check, settings);
  const isReplaced = deposed.some((one) => sameKey(one.key, primary));
  if (published.position.clusterName === chosen.position.clusterName)
    return (
      isReplaced || (answers(published) && (!isWritableHead(published) || published.position.clusterAlias !== alias))
    );
  return (answers(published) || isReplaced) && !standsFor(published, alias, records, answers);
}

const silence = (alias: string, claim: KvClaim, chosen: ServerRecord): string =>
  `${formatKey(claim.primary)} is published as ${alias} and does not answer, ${formatKey(chosen.key)} is writable under the same alias; if it is the primary now, submit-masters-to-kv-stores publishes it`;

function doubt(alias: string, candidates: readonly ServerRecord[], kept: ServerRecord | null): string {
  const names = candidates.map(({ key }) => formatKey(key)).join(' and ');
  const what = kept === null ? 'none is published' : `${formatKey(kept.key)} stays published`;
  return `${names} are both writable primaries under the alias ${alias}, so ${what}; make all but one read-only, or give one cluster another alias`;
}
