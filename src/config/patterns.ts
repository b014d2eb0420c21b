import { brokenClusterFilters } from '../model/cluster-filters.ts';
import { OrchestratorError } from '../model/error.ts';
import { compileExpression } from '../model/pattern.ts';
import { CONFIG_KEYS, type Config, type ConfigKey } from './schema.ts';

/** Keys whose texts are regular expressions. */
export type PatternKey = {
  [K in ConfigKey]: (typeof CONFIG_KEYS)[K] extends { readonly pattern: 'expression' | 'expression-keys' } ? K : never;
}[ConfigKey];

/** The compiled expressions of every such key, in order; of ClusterNameToAlias those of its keys. */
export type Patterns = { readonly [K in PatternKey]: readonly RegExp[] };

/**
 * Compiles every expression of the configuration once, and checks the cluster filters, which model/ reads itself.
 * The historic program took a broken expression for one that matches nothing; here it is an error at the start, except
 * for a plain cluster filter: that may be a name or an alias with odd characters, so it is a warning.
 * @throws OrchestratorError `config-bad-expression` naming key and expression.
 */
export function compilePatterns(config: Config): { readonly patterns: Patterns; readonly warnings: readonly string[] } {
  const patterns: Record<string, readonly RegExp[]> = {};
  const warnings: string[] = [];
  for (const [key, spec] of Object.entries(CONFIG_KEYS)) {
    if (!('pattern' in spec)) continue;
    const texts = textsOf(config[key as ConfigKey]);
    if (spec.pattern === 'cluster-filter') warnings.push(...texts.flatMap((text) => checkClusterFilter(key, text)));
    else patterns[key] = texts.map((text) => compile(key, text, text));
  }
  return { patterns: Object.freeze(patterns) as Patterns, warnings };
}

function textsOf(value: Config[ConfigKey]): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value as readonly string[];
  return Object.keys(value as object);
}

/** Of filters that match nothing, which model/cluster-filters.ts finds; one marked as an expression must be one. Gives warnings. */
function checkClusterFilter(key: string, text: string): string[] {
  if (text.startsWith('alias~=')) compile(key, text, text.slice('alias~='.length));
  if (brokenClusterFilters([text]).length === 0) return [];
  return [
    /^(alias~?=)?$/.test(text)
      ? `${key}: "${text}" says nothing; it matches no cluster`
      : `${key}: "${text}" is no expression; it matches only a cluster of exactly this name or alias`,
  ];
}

function compile(key: string, whole: string, expression: string): RegExp {
  try {
    return compileExpression(expression);
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: (?:\/.*\/\w*: )?/s, '');
    const hint = expression.startsWith('*') ? ' To match everything write ".*".' : '';
    throw new OrchestratorError(
      'config-bad-expression',
      `${key} has an expression that cannot be read: "${whole}" (${reason}). Correct it or take it out.${hint}`,
      { details: { key, expression: whole }, cause: error },
    );
  }
}
