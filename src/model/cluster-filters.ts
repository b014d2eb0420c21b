import { OrchestratorError } from './error.ts';
import { compilePattern } from './pattern.ts';

/**
 * True when a cluster is meant by one of RecoverMasterClusterFilters or RecoverIntermediateMasterClusterFilters (historic forms):
 * the exact cluster name, the exact alias, `alias=<alias>`, `alias~=<pattern>`, `*`; anything else is a pattern on the cluster
 * NAME only. An empty filter or one that is no valid pattern matches nothing, so that a slip never turns recovery on everywhere;
 * `brokenClusterFilters` finds such ones.
 */
export const matchesClusterFilters = (
  filters: readonly string[],
  cluster: { readonly clusterName: string; readonly alias: string },
): boolean => filters.some((filter) => matchesOne(filter, cluster.clusterName, cluster.alias));

function matchesOne(filter: string, clusterName: string, alias: string): boolean {
  if (filter === '') return false;
  if (filter === '*' || filter === clusterName || filter === alias) return true;
  if (filter.startsWith('alias=')) return alias !== '' && alias === filter.slice('alias='.length);
  if (filter.startsWith('alias~=')) return patternOf(filter.slice('alias~='.length))?.test(alias) ?? false;
  return patternOf(filter)?.test(clusterName) ?? false;
}

/** Null for an empty or invalid pattern. */
function patternOf(text: string): RegExp | null {
  if (text === '') return null;
  try {
    return compilePattern(text, 'cluster filter');
  } catch (error) {
    if (error instanceof OrchestratorError) return null;
    throw error;
  }
}

/** The filters that can never match anything, for a warning at the start. Cluster names and aliases with odd characters pass. */
export const brokenClusterFilters = (filters: readonly string[]): readonly string[] =>
  filters.filter((filter) => {
    if (filter === '*') return false;
    if (filter.startsWith('alias=')) return filter === 'alias=';
    return patternOf(filter.startsWith('alias~=') ? filter.slice('alias~='.length) : filter) === null;
  });
