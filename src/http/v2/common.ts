import { matchesWithin } from '../../engine/basis/bounded-match.ts';
import type { ClusterSummary } from '../../engine/use-cases.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { RequestInfo } from '../route.ts';
import { notThere } from './problem.ts';

/**
 * The cluster that bears this name, or else this alias. Nothing is guessed here: what the old routes accept as a hint might be
 * another cluster tomorrow.
 * @throws ProblemError not-found, or when two clusters share the alias.
 */
export function clusterNamed(info: RequestInfo, text: string): ClusterSummary {
  const clusters = info.services.orchestrator.fleet().clusters();
  const named = clusters.find(({ clusterName }) => clusterName === text);
  if (named !== undefined) return named;
  const [found, another] = clusters.filter(({ clusterAlias }) => clusterAlias === text);
  if (found === undefined) return notThere('unknown-cluster', `no cluster has the name or alias "${shown(text)}"`);
  if (another === undefined) return found;
  const names = `${found.clusterName} and ${another.clusterName}`;
  return notThere('ambiguous-alias', `the alias "${shown(text)}" is that of ${names}; use a name`);
}

/** The server at exactly this address. @throws ProblemError not-found. */
export function knownServer(info: RequestInfo, params: { readonly host: string; readonly port: number }): ServerRecord {
  const key = { hostname: params.host, port: params.port };
  const record = info.services.orchestrator.fleet().recordOf(key);
  if (record !== null) return record;
  return notThere(
    'unknown-instance',
    `${shown(formatKey(key))} is not known; discover it first, or look at its address in the listing`,
  );
}

const LONGEST_SHOWN = 200;
const shown = (text: string): string => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);

/** Of these keys, whether each matches an expression that somebody sent. @throws OrchestratorError `bad-pattern`. */
export const keysMatching = (pattern: string, keys: readonly InstanceKey[]): readonly boolean[] =>
  matchesWithin(pattern, 'pattern', keys.map(formatKey));

/** What a dry run of anything but a plan answers. */
export const would = (sentence: string) => ({ dryRun: true as const, would: sentence });

/** Epoch milliseconds as ISO 8601. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
export const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** A time as backends keep it, `YYYY-MM-DD HH:MM:SS` or RFC 3339 in UTC; null for none. */
export function isoOfStored(text: string): string | null {
  const ms = Date.parse(/[T]/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? null : isoTime(ms);
}

/** What the old tables keep as an empty text. */
export const textOrNull = (text: string): string | null => (text === '' ? null : text);

/** A key of the old tables, where an empty one means nobody. */
export const keyOrNull = (key: InstanceKey): InstanceKey | null => (key.hostname === '' || key.port === 0 ? null : key);
