import type { FakeOrchestrator } from './fake-orchestrator.ts';

/** The use cases that change nothing. Whatever is not here is taken for a write: what is added later must be looked at. */
const READS = new Set([
  'fleet',
  'resolveKey',
  'clusterNameByHint',
  'analyse',
  'planRecovery',
  'explanations',
  'deposedPrimaries',
  'recoveries',
  'detections',
  'blockedRecoveries',
  'recoverySteps',
  'analysisChanges',
  'auditLog',
  'isRecoveryDisabled',
  'catchUp',
  'isActiveNode',
  'health',
  'discoveryQueues',
  'onLiveEvent',
  'close',
  'emit',
  'operations.plan',
  'operations.preview',
  'operations.underWay',
  'operations.unfinished',
  'takeover.preview',
  'forced.preview',
  'registrations.maintenances',
  'registrations.candidates',
  'kv.preview',
  'kv.states',
  'questions.whyNotReplicateFrom',
  'questions.equivalentsOf',
  'questions.errantGtidOf',
  'questions.waitUntilExecuted',
  ...['poolMembers', 'pools', 'poolsOfCluster', 'healthyPoolMembers', 'poolLagSeconds'].map(
    (name) => `classification.${name}`,
  ),
  ...['controlReplicas', 'ghostReplicas', 'domainInstance', 'domainWriter'].map((name) => `classification.${name}`),
  ...['activeNodes', 'isAccessTokenValid', 'resolvedNames', 'virtualNames'].map((name) => `node.${name}`),
  ...['list', 'ask', 'planSeed', 'seeds', 'seedStates', 'attributes'].map((name) => `agents.${name}`),
  'pseudoGtid.correlate',
  'pseudoGtid.correlateBinlogPosition',
  'pseudoGtid.correlateRelayPosition',
  'pseudoGtid.lastExecutedRelayEntry',
  'pseudoGtid.lastEntry',
  'pseudoGtid.findEntry',
  'pseudoGtid.locateErrant',
]);

const GROUPS = [
  'operations',
  'takeover',
  'forced',
  'registrations',
  'questions',
  'pseudoGtid',
  'kv',
  'agents',
  'classification',
  'node',
] as const;

/** Makes every use case that could change something fail, and be noted in the list that is given back. */
export function forbidWrites(fake: FakeOrchestrator): readonly string[] {
  const writes: string[] = [];
  const guard = (owner: object, prefix: string): void => {
    for (const [name, value] of Object.entries(owner)) {
      const path = prefix + name;
      if (typeof value !== 'function' || READS.has(path)) continue;
      Object.assign(owner, {
        [name]: () => {
          writes.push(path);
          throw new Error(`${path} was called, although nothing was to be changed`);
        },
      });
    }
  };
  guard(fake, '');
  for (const group of GROUPS) {
    const copy = { ...fake[group] };
    guard(copy, `${group}.`);
    Object.assign(fake, { [group]: copy });
  }
  return writes;
}
