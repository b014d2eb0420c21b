import { missingFrom } from '../../model/gtid-position.ts';
import { countTransactions, subtractGtidSets } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { ReadinessInput } from './input.ts';
import { transactionsToApply } from './ranking.ts';
import type { Estimate, EstimatePart } from './readiness.ts';

/** Measured on two shared cores, all servers on one machine: 25 to 100 ms from a crash to the decision (docs/benchmarks.md). */
const DETECT_MS = 60;
/** Measured there: registration, silence, ranking, promotion, each verified; 45 to 80 ms and more on a busy machine. */
const PROMOTE_MS = 80;
/** Statements and readings one after another between decision and the first write. */
const ROUND_TRIPS = 12;
/** A backlog that is being worked off within the second. */
const BRIEFLY_MS = 500;

/** How long from the primary's crash until the successor takes writes. Hooks are not in it. */
export function estimateFailover(input: ReadinessInput, successor: Instance, donor: Instance | null): Estimate {
  const parts: EstimatePart[] = [
    detection(input),
    drain(donor === null ? [successor] : [successor, donor], input),
    ...(donor === null ? [] : [catchUp(successor, donor, input)]),
    promotion(successor),
  ];
  const isTold = parts.every(({ ms }) => ms !== null);
  return { totalMs: isTold ? parts.reduce((sum, { ms }) => sum + (ms ?? 0), 0) : null, parts };
}

function detection({ settings }: ReadinessInput): EstimatePart {
  const { primaryRestartGraceMs } = settings.graces;
  const grace = primaryRestartGraceMs === 0 ? '' : ` after PrimaryRestartGraceMilliseconds (${primaryRestartGraceMs})`;
  const hooks =
    settings.hooksBefore === 0 ? '' : `; ${settings.hooksBefore} hooks before the promotion are not counted`;
  const basis = `a crash: two refused connections and a replica's word${grace}, measured 25 to 100 ms; a frozen server takes 3 s more${hooks}`;
  return { what: 'detect', ms: DETECT_MS + primaryRestartGraceMs, basis };
}

/** Those who must execute what they have received; they do so side by side. */
function drain(servers: readonly Instance[], input: ReadinessInput): EstimatePart {
  const each = servers.map((one) => drainOf(one, input));
  const slowest = each.find(({ ms }) => ms === null) ?? each.toSorted((a, b) => (b.ms ?? 0) - (a.ms ?? 0))[0];
  return { what: 'drain', ms: slowest?.ms ?? null, basis: slowest?.basis ?? '' };
}

/** How long a server needs to execute what it has received, and how that is known. */
export function drainOf(
  instance: Instance,
  { applyRates }: Pick<ReadinessInput, 'applyRates'>,
): { readonly ms: number | null; readonly basis: string } {
  const name = formatKey(instance.key);
  const backlog = transactionsToApply(instance);
  const { lagSeconds } = instance;
  const delaySeconds = instance.replication?.delaySeconds ?? 0;
  if (backlog === 0) return { ms: 0, basis: `${name} had executed all it had received` };
  const rate = applyRates.get(name) ?? 0;
  if (backlog !== null && rate > 0) {
    const ms = Math.ceil((backlog / rate) * 1000);
    return { ms, basis: `${name} has ${backlog} transactions to execute and lately did ${Math.round(rate)} a second` };
  }
  if (instance.replication?.applier.state !== 'running' && backlog !== null)
    return { ms: null, basis: `${name} has ${backlog} transactions to execute, and its applier does not run` };
  if (lagSeconds === null || delaySeconds > 0)
    return { ms: null, basis: `${name} has something to execute, and how fast it will is not known` };
  const amount = backlog === null ? '' : ` with ${backlog} transactions to execute`;
  if (lagSeconds === 0) return { ms: BRIEFLY_MS, basis: `${name} shows no lag${amount}` };
  const basis = `${name} lags by ${lagSeconds} s${amount}; it is assumed to execute as fast as they were written`;
  return { ms: lagSeconds * 1000, basis };
}

function catchUp(successor: Instance, donor: Instance, { applyRates }: ReadinessInput): EstimatePart {
  const [name, from] = [formatKey(successor.key), formatKey(donor.key)];
  const [own, above] = [progressOf(successor), progressOf(donor)];
  const missing =
    own.kind === 'oracle' && above.kind === 'oracle'
      ? Number(countTransactions(subtractGtidSets(above.complete, own.complete)))
      : own.kind === 'mariadb' && above.kind === 'mariadb'
        ? missingFrom(own.complete, above.complete).reduce((sum, { first, last }) => sum + Number(last - first) + 1, 0)
        : null;
  const rate = applyRates.get(name) ?? 0;
  if (missing === null || rate <= 0)
    return { what: 'catch-up', ms: null, basis: `${name} gets from ${from} what it lacks; its speed is not known` };
  const ms = Math.ceil((missing / rate) * 1000);
  return { what: 'catch-up', ms, basis: `${name} gets ${missing} transactions from ${from}` };
}

function promotion({ key, latencyMs }: Instance): EstimatePart {
  // A reading takes several round trips; more than a second of it says nothing about the network.
  const roundTripMs = Math.min(latencyMs, 1_000) / 4;
  const basis = `registration, silence, ranking and promotion: measured 45 to 80 ms, and ${ROUND_TRIPS} round trips of ${Math.round(roundTripMs)} ms to ${formatKey(key)}, as its last reading took`;
  return { what: 'promote', ms: Math.round(PROMOTE_MS + ROUND_TRIPS * roundTripMs), basis };
}
