import { sameKey } from '../../model/instance-key.ts';
import { compareMajorVersions, majorVersion } from '../../model/version.ts';
import type { Objection } from '../plan.ts';
import { canMoveReceiverAlone, usesGtid } from '../steps/flavour.ts';
import { cannotContinue, continuesLog } from './continued-log.ts';
import type { FailoverInput, Participant } from './input.ts';
import { hasLeft } from './lag.ts';
import { failedRecord } from './participants.ts';
import { restOf } from './places.ts';
import { isBinlogServer } from './readers.ts';

/** Formats of the binary log from the narrowest to the widest. */
export const BINLOG_FORMATS = ['STATEMENT', 'MIXED', 'ROW'];

/** The value that most servers share; the later one in `order` wins a tie. */
function mostCommon<T>(values: readonly T[], identify: (value: T) => string, order: (a: T, b: T) => number): T | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(identify(value), (counts.get(identify(value)) ?? 0) + 1);
  return (
    values.toSorted((a, b) => (counts.get(identify(b)) ?? 0) - (counts.get(identify(a)) ?? 0) || order(b, a))[0] ?? null
  );
}

/** What is common among the participants; computed once per plan. */
export interface Common {
  readonly version: Participant['instance']['version'] | null;
  readonly binlogFormat: string | null;
  /** One of them goes by GTID: then those that go by file and position cannot be compared with it. */
  readonly isGtidUsed: boolean;
}

/** Most common major version and binlog format (historic rule of candidate choice). */
export const commonOf = (all: readonly Pick<Participant, 'instance'>[]): Common =>
  commonOfData(all.filter((one) => !isBinlogServer(one)));

const commonOfData = (participants: readonly Pick<Participant, 'instance'>[]): Common => ({
  version: mostCommon(
    participants.map(({ instance }) => instance.version),
    majorVersion,
    compareMajorVersions,
  ),
  binlogFormat: mostCommon(
    participants.map(({ instance }) => instance.binlogFormat),
    (format) => format,
    (a, b) => BINLOG_FORMATS.indexOf(a) - BINLOG_FORMATS.indexOf(b),
  ),
  isGtidUsed: participants.some(({ instance }) => usesGtid(instance)),
});

const say = (participant: Participant, rule: string, explanation: string): Objection => ({
  subject: participant.name,
  rule,
  explanation,
});

/**
 * The first rule that forbids promoting this participant, or null. Geography and lag are tested here, before anything is
 * re-pointed, never after (design §4; historic behaviour tested them when the topology was already rearranged).
 */
export function objectionTo(
  participant: Participant,
  participants: readonly Participant[],
  common: Common,
  input: FailoverInput,
): Objection | null {
  const { instance, record, name } = participant;
  const { settings } = input;
  const failed = failedRecord(input)?.instance ?? null;
  const excluded = input.excluded.find(({ key }) => sameKey(key, record.key));
  if (excluded !== undefined) return say(participant, 'excluded', `${name}: ${excluded.reason}`);
  if (record.intent.promotionRule === 'must_not')
    return say(participant, 'must-not', `${name} is registered as must_not`);
  if (settings.isPromotionIgnored(record.key)) {
    return say(participant, 'promotion-ignored', `${name} matches PromotionIgnoreHostnameFilters`);
  }
  if (instance.isBinlogServer) return say(participant, 'binlog-server', `${name} is a binlog server and holds no data`);
  if (!instance.binlogEnabled) return say(participant, 'no-binlog', `${name} writes no binary log (log_bin is off)`);
  if (continuesLog(participant)) {
    const no = cannotContinue(participant, participants, input);
    if (no !== null) return no;
  }
  if (!usesGtid(instance) && instance.replication !== null && common.isGtidUsed)
    return say(participant, 'no-gtid', `${name} replicates by file and position, not by GTID as others do`);
  if (common.version !== null && compareMajorVersions(instance.version, common.version) > 0) {
    return say(
      participant,
      'newer-version',
      `${name} runs ${majorVersion(instance.version)}, most siblings run ${majorVersion(common.version)} and could not follow it`,
    );
  }
  if (
    common.binlogFormat !== null &&
    BINLOG_FORMATS.indexOf(instance.binlogFormat) > BINLOG_FORMATS.indexOf(common.binlogFormat)
  ) {
    return say(
      participant,
      'binlog-format',
      `${name} logs in ${instance.binlogFormat}, most siblings in ${common.binlogFormat}`,
    );
  }
  const applier = instance.replication?.applier;
  // One that rests was ended in the middle of half a transaction, nothing else is wrong with it.
  const isBroken = applier !== undefined && applier.errorNumber !== 0 && applier.state !== 'running';
  if (isBroken && restOf(participant, input) === null) {
    return say(participant, 'applier-error', `the applier of ${name} stopped with error ${applier.errorNumber}`);
  }
  return (
    geographyObjection(participant, failed, settings) ??
    lagObjection(participant, settings) ??
    delayObjection(participant, input)
  );
}

function geographyObjection(
  participant: Participant,
  failed: Participant['instance'] | null,
  settings: FailoverInput['settings'],
): Objection | null {
  if (failed === null) return null;
  const own = participant.instance.classification;
  if (settings.preventCrossDataCenter && own.dataCenter !== failed.classification.dataCenter) {
    return say(
      participant,
      'cross-data-center',
      `${participant.name} is in data centre "${own.dataCenter}", the primary was in "${failed.classification.dataCenter}" (PreventCrossDataCenterMasterFailover)`,
    );
  }
  if (settings.preventCrossRegion && own.region !== failed.classification.region) {
    return say(
      participant,
      'cross-region',
      `${participant.name} is in region "${own.region}", the primary was in "${failed.classification.region}" (PreventCrossRegionMasterFailover)`,
    );
  }
  return null;
}

function lagObjection(participant: Participant, settings: FailoverInput['settings']): Objection | null {
  const limitSeconds = settings.failPromotionOnLagMinutes * 60;
  const lagSeconds = participant.instance.lagSeconds;
  if (limitSeconds === 0 || lagSeconds === null || lagSeconds < limitSeconds) return null;
  return say(participant, 'lag', `${participant.name} lags by ${lagSeconds} s (FailMasterPromotionOnLagMinutes)`);
}

/** It is delayed, and has received what it will not execute soon by itself. */
export function isHeldByDelay(participant: Participant, input: FailoverInput): boolean {
  const { replication } = participant.instance;
  if ((replication?.delaySeconds ?? 0) === 0 || restOf(participant, input) !== null) return false;
  return hasLeft(participant.instance);
}

/** A delayed replica can be hurried on MySQL 5.7 and later only; elsewhere it will do if it has nothing un-applied (design §4). */
function delayObjection(participant: Participant, input: FailoverInput): Objection | null {
  if (canMoveReceiverAlone(participant.instance) || !isHeldByDelay(participant, input)) return null;
  const delaySeconds = participant.instance.replication?.delaySeconds;
  return say(
    participant,
    'delayed',
    `${participant.name} is delayed by ${delaySeconds} s and its relay log cannot be kept when the delay is lifted`,
  );
}
