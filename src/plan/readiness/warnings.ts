import { formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import { formatKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { compareMajorVersions, majorVersion } from '../../model/version.ts';
import type { FailoverInput, Participant } from '../failover/input.ts';
import { logHolders } from '../failover/log-holder.ts';
import { absentReplicas, participantsOf } from '../failover/participants.ts';
import type { FailoverPlan } from '../failover/plan-failover.ts';
import { dataServers } from '../failover/readers.ts';
import { relayLogHole } from '../failover/relay-log.ts';
import { usesGtid } from '../steps/flavour.ts';
import { drainOf } from './estimate.ts';
import type { ReadinessInput } from './input.ts';
import { isWaitedFor } from './loss.ts';
import type { Candidate, Finding } from './readiness.ts';

const finding = (rule: string, servers: readonly string[], sentence: string, remedy: string): Finding => ({
  rule,
  servers,
  sentence,
  remedy,
});

/** What is not as it should be about the primary and its replicas, whoever would be promoted. */
export function clusterWarnings(input: ReadinessInput, primary: ServerRecord, imagined: FailoverInput): Finding[] {
  const participants = participantsOf(imagined);
  const absent = absentReplicas(imagined).map(({ key }) => formatKey(key));
  return [
    ...(primary.check.failure === null
      ? []
      : [
          finding(
            'primary-silent',
            [formatKey(primary.key)],
            `The primary does not answer now: ${primary.check.failure}.`,
            'see the explanation of the cluster',
          ),
        ]),
    ...(absent.length === 0
      ? []
      : [finding('no-answer', absent, `${absent.join(', ')} does not answer and would be lost.`, 'bring it back')]),
    ...atRest(participants),
    ...semiSyncWarnings(primary),
    ...relayLogHole(participants, imagined).map((sentence) =>
      finding(
        'relay-log-recovery',
        [],
        sentence,
        'sync_relay_log=1, or relay_log_recovery=0, on replicas that acknowledge',
      ),
    ),
    ...errantWarnings(input.records),
  ];
}

/** Replicas that will not tell, and will not be started afterwards, or whose applier stands still. */
function atRest(participants: readonly Participant[]): Finding[] {
  return participants.flatMap(({ name, instance, mayReceive }): Finding[] => {
    const applier = instance.replication?.applier;
    if (!mayReceive)
      return [finding('receiver-stopped', [name], `The receiver of ${name} is stopped.`, `start-replica -i ${name}`)];
    if (applier === undefined || applier.state === 'running') return [];
    const why = applier.errorNumber === 0 ? 'is stopped' : `stopped with error ${applier.errorNumber}`;
    return [
      finding('applier-stopped', [name], `The applier of ${name} ${why}.`, `mend it and start-replica -i ${name}`),
    ];
  });
}

function semiSyncWarnings(primary: ServerRecord): Finding[] {
  const { instance } = primary;
  if (instance === null || !instance.semiSync.sourceEnabled || isWaitedFor(instance)) return [];
  const { connectedReplicas, waitForReplicaCount, sourceActive } = instance.semiSync;
  const name = formatKey(primary.key);
  const why = sourceActive
    ? `only ${connectedReplicas} of ${Math.max(1, waitForReplicaCount)} replicas acknowledge`
    : 'it has fallen back to asynchronous replication';
  return [
    finding(
      'semi-sync-short',
      [name],
      `${name} is to wait for acknowledgements, but ${why}.`,
      'connect replicas with semi-sync enabled',
    ),
  ];
}

const errantWarnings = (records: readonly ServerRecord[]): Finding[] =>
  records.flatMap(({ key, position }) => {
    if (position.errantGtid === '') return [];
    const name = formatKey(key);
    const sentence = `${name} has errant transactions: ${position.errantGtid}; promoted, it would spread them, and below another it keeps them.`;
    return [
      finding('errant-gtid', [name], sentence, `gtid-errant-inject-empty or gtid-errant-reset-master -i ${name}`),
    ];
  });

const UNFIT_REMEDIES: Readonly<Record<string, string>> = {
  'binlog-server':
    'relocate it, and what is left below it, by hand afterwards; or let all direct replicas be binlog servers',
  delayed: '',
};

/** What is not as it should be about the failover that would happen. */
export function planWarnings(
  input: ReadinessInput,
  plan: FailoverPlan,
  imagined: FailoverInput,
  candidates: readonly Candidate[],
): Finding[] {
  const participants = participantsOf(imagined);
  const successor = participants.find(({ name }) => name === formatKey(plan.successor));
  if (successor === undefined) return [];
  const siblings = dataServers(participants).filter((one) => one !== successor);
  const { name, record } = successor;
  const rule = record.intent.promotionRule;
  return [
    ...plan.unfit.map(({ subject, rule: unfit, explanation }) =>
      finding(unfit, [subject], `${explanation}.`, UNFIT_REMEDIES[unfit] ?? 'look at what it has more, and rebuild it'),
    ),
    ...(rule === 'prefer_not'
      ? [finding('prefer-not', [name], `${name} is registered as prefer_not, and there is none better.`, '')]
      : []),
    ...preferredLeftOut(candidates),
    ...slowDrain(input, successor),
    ...siblings.flatMap((sibling) => cannotFollow(sibling, successor)),
    ...(logHolders(participants, imagined).length > 0 ? [] : withoutMarkers(siblings, imagined)),
    ...(input.settings.failover.applyPromotion
      ? []
      : [
          finding(
            'promotion-not-applied',
            [name],
            `${name} would be chosen, but not opened for writes (ApplyMySQLPromotionAfterMasterFailover is off).`,
            'see that a hook opens it',
          ),
        ]),
  ];
}

/** By file and position alone only those follow that have received exactly as much as the successor. */
function withoutMarkers(siblings: readonly Participant[], { settings }: FailoverInput): Finding[] {
  const names = siblings.filter(({ instance }) => !usesGtid(instance)).map(({ name }) => name);
  if (names.length === 0 || settings.knowsPseudoGtid === true) return [];
  const sentence = `${names.join(', ')} replicate by file and position, without Pseudo-GTID: whoever has received less than the successor then could not follow it and would be lost.`;
  return [finding('no-pseudo-gtid', names, sentence, 'use GTID, or set AutoPseudoGTID')];
}

/** A person wanted this one, and it cannot be. */
const preferredLeftOut = (candidates: readonly Candidate[]): Finding[] =>
  candidates
    .filter(({ rank, rule }) => rank === null && rule !== 'further-back')
    .filter(({ promotionRule }) => promotionRule === 'must' || promotionRule === 'prefer')
    .map(({ name, promotionRule, why }) =>
      finding('preferred-left-out', [name], `${name} is registered as ${promotionRule}, but: ${why}.`, ''),
    );

function slowDrain(input: ReadinessInput, { name, instance }: Participant): Finding[] {
  const { ms, basis } = drainOf(instance, input);
  const limitMs = input.settings.failover.promotionDrainTimeoutMs;
  if (ms !== null && ms <= limitMs) return [];
  const time = ms === null ? 'nobody knows how long' : `about ${Math.ceil(ms / 1000)} s`;
  const sentence = `${name} needs ${time} to execute what it has received; after ${limitMs / 1000} s another is looked for. ${basis}.`;
  return [finding('slow-drain', [name], sentence, 'PromotionDrainTimeoutSeconds, or find out why it is behind')];
}

/** Siblings that could not replicate from the successor: too old, or in need of what its logs do not hold any more. */
function cannotFollow(sibling: Participant, successor: Participant): Finding[] {
  const [below, above] = [sibling.instance, successor.instance];
  if (compareMajorVersions(above.version, below.version) > 0) {
    const sentence = `${sibling.name} runs ${majorVersion(below.version)} and would follow ${successor.name}, which runs ${majorVersion(above.version)}.`;
    return [finding('older-sibling', [sibling.name], sentence, 'replicate from older to newer only: upgrade it')];
  }
  const [own, wanted] = [progressOf(below), progressOf(above)];
  if (own.kind !== 'oracle' || wanted.kind !== 'oracle' || above.purgedGtid === '') return [];
  const gone = subtractGtidSets(parseGtidSet(above.purgedGtid), own.complete);
  if (isEmptyGtidSet(gone)) return [];
  const sentence = `${sibling.name} lacks ${formatGtidSet(gone)}, which ${successor.name} has purged from its logs: it could not follow.`;
  return [finding('purged', [sibling.name], sentence, 'keep binary logs longer, let it catch up, or rebuild it')];
}
