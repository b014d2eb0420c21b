import { formatKey } from '../model/instance-key.ts';
import type { Candidate, Finding, Readiness } from '../plan/readiness/readiness.ts';

const remedyOf = ({ remedy }: Finding): string => (remedy === '' ? '' : ` → ${remedy}`);

function candidateLine({ name, rank, rule, why, lagSeconds, transactionsToApply }: Candidate): string {
  const place = rank === null ? '-' : String(rank);
  const lag = lagSeconds === null ? '' : `, lag ${lagSeconds} s`;
  const backlog = transactionsToApply === null || transactionsToApply === 0 ? '' : `, ${transactionsToApply} to apply`;
  return `  ${place}  ${name}${lag}${backlog}: ${rule === null ? '' : `[${rule}] `}${why}`;
}

function estimateLines({ estimate }: Readiness): readonly string[] {
  if (estimate === null) return [];
  const total = estimate.totalMs === null ? 'cannot be told' : `about ${estimate.totalMs} ms`;
  const parts = estimate.parts.map(({ what, ms, basis }) => `  ${what} ${ms === null ? '?' : `${ms} ms`}: ${basis}`);
  return [`time: ${total}`, ...parts];
}

/** The answer to "if the primary died now" for people, line by line; the first one is the whole of it. */
export function renderReadiness(readiness: Readiness): readonly string[] {
  const { clusterName, verdict, sentence, blockers, warnings, candidates, alternatives, reasons, loss } = readiness;
  return [
    `${clusterName}: ${verdict}: ${sentence}`,
    ...blockers.map((one) => `blocked [${one.rule}]: ${one.sentence}${remedyOf(one)}`),
    ...warnings.map((one) => `warning [${one.rule}]: ${one.sentence}${remedyOf(one)}`),
    ...reasons.map((reason) => `because: ${reason}`),
    ...(alternatives.length === 0 ? [] : [`perhaps instead: ${alternatives.map(formatKey).join(', ')}`]),
    ...estimateLines(readiness),
    `loss: ${loss.sentence}`,
    ...(candidates.length === 0 ? [] : ['candidates:', ...candidates.map(candidateLine)]),
  ];
}
