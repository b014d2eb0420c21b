import type { Extras } from '../dialect/read-instance.ts';
import type { Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { placesByName } from './places.ts';
import type { Session } from './session.ts';
import { isConfigured, type ServersSettings } from './settings.ts';

/** What the configured queries and patterns say of one server. */
export interface Classified {
  readonly extras: Extras;
  readonly warnings: readonly string[];
}

/** What became of one query that is configured: its first column, or no answer. A result without rows is NULL too. */
type Answer = { readonly kind: 'told'; readonly text: string | null } | { readonly kind: 'unanswered' };
type Answers = ReadonlyMap<string, Answer>;

/**
 * Asks the configured queries one by one (they are the operator's texts, so they never join our batch). A query that fails
 * costs a warning and leaves what was last known of this server, `known`: a lock on one table must not make a server that belongs to no
 * data centre. One that was given up in time ends the session, so that those after it fail likewise.
 */
export async function classify(
  session: Session,
  key: InstanceKey,
  settings: ServersSettings,
  known: Instance | null,
  remainingMs: () => number,
): Promise<Classified> {
  const answers = new Map<string, Answer>();
  const warnings: string[] = [];
  for (const [name, sql] of configuredQueries(settings)) {
    const answer = await session.query(sql, remainingMs(), `answer ${name}`);
    if (answer.kind === 'failed') {
      warnings.push(`${name} failed: ${answer.failure.message}`);
      answers.set(name, { kind: 'unanswered' });
    } else answers.set(name, { kind: 'told', text: Object.values(answer.value[0]?.[0] ?? {})[0] ?? null });
  }
  return { extras: buildExtras(answers, key, settings, known), warnings };
}

function configuredQueries(settings: ServersSettings): readonly (readonly [string, string])[] {
  const { classification } = settings;
  const all: readonly (readonly [string, string])[] = [
    ['ReplicationLagQuery', settings.replicationLagQuery],
    ['DetectDataCenterQuery', classification.detectDataCenterQuery],
    ['DetectRegionQuery', classification.detectRegionQuery],
    ['DetectPhysicalEnvironmentQuery', classification.detectPhysicalEnvironmentQuery],
    ['DetectInstanceAliasQuery', classification.detectInstanceAliasQuery],
    ['DetectSemiSyncEnforcedQuery', classification.detectSemiSyncEnforcedQuery],
    ['DetectPromotionRuleQuery', classification.detectPromotionRuleQuery],
    ['DetectClusterAliasQuery', classification.detectClusterAliasQuery],
    ['DetectClusterDomainQuery', classification.detectClusterDomainQuery],
    ['DetectPseudoGTIDQuery', classification.detectPseudoGtidQuery],
  ];
  return all.filter(([, sql]) => isConfigured(sql));
}

function buildExtras(answers: Answers, key: InstanceKey, settings: ServersSettings, known: Instance | null): Extras {
  const before = known?.classification;
  const byName = placesByName(key.hostname, settings.classification);
  /** What is not asked any more is not remembered either: the query may have been taken out of the configuration. */
  const answer = <T>(name: string, notAsked: T, lastKnown: T, read: (text: string | null) => T): T => {
    const given = answers.get(name);
    if (given === undefined) return notAsked;
    return given.kind === 'told' ? read(given.text) : lastKnown;
  };
  const text = (name: string, lastKnown = ''): string => answer(name, '', lastKnown, (told) => told ?? '');
  const place = (name: string, named: string, lastKnown = ''): string =>
    answer(name, named, lastKnown || named, (told) => told ?? '');
  return {
    classification: {
      instanceAlias: text('DetectInstanceAliasQuery', before?.instanceAlias),
      dataCenter: place('DetectDataCenterQuery', byName.dataCenter, before?.dataCenter),
      region: place('DetectRegionQuery', byName.region, before?.region),
      physicalEnvironment: place(
        'DetectPhysicalEnvironmentQuery',
        byName.physicalEnvironment,
        before?.physicalEnvironment,
      ),
      suggestedClusterAlias: text('DetectClusterAliasQuery', before?.suggestedClusterAlias),
      clusterDomain: text('DetectClusterDomainQuery', before?.clusterDomain),
      semiSyncPriority: answer(
        'DetectSemiSyncEnforcedQuery',
        0,
        before?.semiSyncPriority ?? 0,
        (told) => count(told) ?? 0,
      ),
      promotionRule: answer('DetectPromotionRuleQuery', null, before?.promotionRule ?? null, (told) => told),
    },
    lagSeconds: answer('ReplicationLagQuery', null, null, count),
    lastLagSeconds: answer('ReplicationLagQuery', null, known?.lagSeconds ?? null, () => null),
    pseudoGtid: answer('DetectPseudoGTIDQuery', false, known?.pseudoGtid ?? false, (told) => told === '1'),
    hasCredentialsQuery: settings.replicationCredentialsQuery !== '',
  };
}

/**
 * A whole number from 0 on: tables and clients of typed languages take no other, and heartbeat queries answer 0.52. What is below 0
 * (the lag between clocks that differ) counts as 0; null for what is no number.
 */
function count(answer: string | null): number | null {
  const number = answer === null || answer.trim() === '' ? Number.NaN : Number(answer);
  return Number.isFinite(number) ? Math.max(0, Math.trunc(number)) : null;
}
