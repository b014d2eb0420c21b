import type { Instance } from './instance.ts';
import { formatKey } from './instance-key.ts';
import { compilePattern } from './pattern.ts';

/** One entry of ClusterNameToAlias: clusters whose name matches get the alias. */
export interface AliasPattern {
  readonly pattern: RegExp;
  readonly alias: string;
}

/** What people and earlier recoveries said of clusters, by cluster name. */
export interface ClusterIntent {
  /** What followed to a new name; nothing that is derived. */
  readonly clusterAliases: ReadonlyMap<string, string>;
  readonly aliasOverrides: ReadonlyMap<string, string>;
  readonly clusterDomains: ReadonlyMap<string, string>;
}

/** Compiles ClusterNameToAlias, in the order of the file. @throws OrchestratorError `bad-pattern` naming the key. */
export const compileAliasPatterns = (clusterNameToAlias: Readonly<Record<string, string>>): readonly AliasPattern[] =>
  Object.entries(clusterNameToAlias).map(([pattern, alias]) => ({
    pattern: compilePattern(pattern, 'ClusterNameToAlias'),
    alias,
  }));

/** A seen member of a cluster with what decides whose word counts. */
export interface ClusterVoice {
  readonly instance: Instance;
  readonly depth: number;
  readonly countReplicas: number;
}

/**
 * A cluster's alias; the first that says something: the override set by people, the top's DetectClusterAliasQuery,
 * ClusterNameToAlias, the query's answer at another member, the alias stored for this name, the name itself.
 *
 * Historic order: override, inherited from the source, query, pattern; the top has nothing to inherit, and what it suggests is
 * inherited by all. Among the members below, the highest, writeable, busiest one counts. The stored alias is what a recovery
 * moved along to the new name when no server suggests any.
 */
export function clusterAliasOf(
  clusterName: string,
  voices: readonly ClusterVoice[],
  intent: ClusterIntent,
  patterns: readonly AliasPattern[],
): string {
  const top = voices.find(({ instance }) => formatKey(instance.key) === clusterName);
  return (
    intent.aliasOverrides.get(clusterName) ||
    top?.instance.classification.suggestedClusterAlias ||
    patterns.find(({ pattern }) => pattern.test(clusterName))?.alias ||
    strongestSuggestion(voices) ||
    intent.clusterAliases.get(clusterName) ||
    clusterName
  );
}

function strongestSuggestion(voices: readonly ClusterVoice[]): string {
  const [strongest] = voices
    .filter(({ instance }) => instance.classification.suggestedClusterAlias !== '')
    .toSorted(
      (a, b) =>
        a.depth - b.depth ||
        Number(a.instance.isReadOnly) - Number(b.instance.isReadOnly) ||
        b.countReplicas - a.countReplicas ||
        (formatKey(a.instance.key) < formatKey(b.instance.key) ? -1 : 1),
    );
  return strongest?.instance.classification.suggestedClusterAlias ?? '';
}

/** A cluster's domain name: the answer of DetectClusterDomainQuery at its top, else the stored one, else ''. */
export function clusterDomainOf(clusterName: string, voices: readonly ClusterVoice[], intent: ClusterIntent): string {
  const top = voices.find(({ instance }) => formatKey(instance.key) === clusterName);
  return top?.instance.classification.clusterDomain || intent.clusterDomains.get(clusterName) || '';
}
