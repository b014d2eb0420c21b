import type { Extras } from '../dialect/read-instance.ts';
import type { Classification, Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { Session } from './session.ts';
import type { ClassificationSettings, ServersSettings } from './settings.ts';

/** What the configured queries and patterns say of one server. */
export interface Classified {
  readonly extras: Extras;
  readonly warnings: readonly string[];
}

type Answers = ReadonlyMap<string, string | null>;

/**
 * Asks the configured queries one by one (they are the operator's texts, so they never join our batch). A query that fails
 * costs a warning and leaves the value of the previous reading; one that has no rows gives ''.
 */
export async function classify(
  session: Session,
  key: InstanceKey,
  settings: ServersSettings,
  previous: Instance | null,
  remainingMs: () => number,
): Promise<Classified> {
  const answers = new Map<string, string | null>();
  const warnings: string[] = [];
  for (const [name, sql] of configuredQueries(settings)) {
    const answer = await session.query(sql, remainingMs(), `answer ${name}`);
    if (answer.kind === 'failed') warnings.push(`${name} failed: ${answer.failure.message}`);
    else answers.set(name, Object.values(answer.value[0]?.[0] ?? {})[0] ?? null);
  }
  return { extras: buildExtras(answers, key, settings, previous), warnings };
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
  return all.filter(([, sql]) => sql.trim() !== '');
}

function buildExtras(answers: Answers, key: InstanceKey, settings: ServersSettings, previous: Instance | null): Extras {
  const { classification } = settings;
  const known = previous?.classification;
  const text = (name: string, sql: string, before: string): string => {
    if (sql === '') return '';
    return answers.has(name) ? (answers.get(name) ?? '') : before;
  };
  const byPattern = (name: string, sql: string, pattern: RegExp | undefined, before: string): string =>
    sql === '' ? firstGroup(pattern, key.hostname) : text(name, sql, before);
  return {
    classification: {
      instanceAlias: text(
        'DetectInstanceAliasQuery',
        classification.detectInstanceAliasQuery,
        known?.instanceAlias ?? '',
      ),
      dataCenter: byPattern(
        'DetectDataCenterQuery',
        classification.detectDataCenterQuery,
        classification.dataCenterPattern,
        known?.dataCenter ?? '',
      ),
      region: byPattern(
        'DetectRegionQuery',
        classification.detectRegionQuery,
        classification.regionPattern,
        known?.region ?? '',
      ),
      physicalEnvironment: byPattern(
        'DetectPhysicalEnvironmentQuery',
        classification.detectPhysicalEnvironmentQuery,
        classification.physicalEnvironmentPattern,
        known?.physicalEnvironment ?? '',
      ),
      suggestedClusterAlias: text(
        'DetectClusterAliasQuery',
        classification.detectClusterAliasQuery,
        known?.suggestedClusterAlias ?? '',
      ),
      clusterDomain: text(
        'DetectClusterDomainQuery',
        classification.detectClusterDomainQuery,
        known?.clusterDomain ?? '',
      ),
      semiSyncPriority: countOr(answers, 'DetectSemiSyncEnforcedQuery', known?.semiSyncPriority ?? 0) ?? 0,
      promotionRule: promotionRule(answers, classification, known),
    },
    lagSeconds:
      settings.replicationLagQuery === ''
        ? null
        : countOr(answers, 'ReplicationLagQuery', previous?.lagSeconds ?? null),
    pseudoGtid: answers.has('DetectPseudoGTIDQuery')
      ? answers.get('DetectPseudoGTIDQuery') === '1'
      : (previous?.pseudoGtid ?? false),
    hasCredentialsQuery: settings.replicationCredentialsQuery !== '',
  };
}

function promotionRule(
  answers: Answers,
  settings: ClassificationSettings,
  known: Classification | undefined,
): string | null {
  if (settings.detectPromotionRuleQuery === '') return null;
  if (!answers.has('DetectPromotionRuleQuery')) return known?.promotionRule ?? null;
  return answers.get('DetectPromotionRuleQuery') ?? null;
}

/**
 * A whole number from 0 on: tables and clients of typed languages take no other, and heartbeat queries answer 0.52. What is below 0
 * (the lag between clocks that differ) counts as 0; null for what is no number.
 */
function countOr(answers: Answers, name: string, before: number | null): number | null {
  if (!answers.has(name)) return before;
  const answer = answers.get(name) ?? null;
  const number = answer === null || answer.trim() === '' ? Number.NaN : Number(answer);
  return Number.isFinite(number) ? Math.max(0, Math.trunc(number)) : null;
}

/** The first capture group of a pattern on a hostname; '' when it does not match, or there is no pattern. */
const firstGroup = (pattern: RegExp | undefined, hostname: string): string => pattern?.exec(hostname)?.[1] ?? '';
