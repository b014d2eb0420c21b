import { comparePromotionRules } from '../../../model/promotion-rule.ts';
import { compareMajorVersions, majorVersion } from '../../../model/version.ts';
import { BINLOG_FORMATS, type Common, commonOf } from '../../failover/eligibility.ts';
import type { Objection } from '../../plan.ts';
import { hasBrokenApplier, isApplying } from '../../steps/threads.ts';
import type { Member, OperationInput } from '../input.ts';
import { notFresh } from '../rules/can-move.ts';
import { surplusOver } from './surplus.ts';

const no = (member: Member, rule: string, explanation: string): Objection => ({
  subject: member.name,
  rule,
  explanation,
});

const formatRank = (format: string): number => BINLOG_FORMATS.indexOf(format.toUpperCase());

/** Why a replica may not be the one that others are moved below; null when it may. Historic rules, in their order. */
function cannotLead(member: Member, common: Common, input: OperationInput): Objection | null {
  const { instance, record, name } = member;
  const stale = notFresh(member, input);
  if (stale !== null) return stale;
  if (!instance.binlogEnabled) return no(member, 'no-binary-log', `${name} has no binary log (log_bin is off)`);
  if (!instance.logsReplicaUpdates)
    return no(member, 'no-replica-updates', `${name} does not log what it applies (log_replica_updates)`);
  if (instance.isBinlogServer) return no(member, 'binlog-server', `${name} is a binlog server`);
  if (record.intent.promotionRule === 'must_not') return no(member, 'must-not', `${name} is registered as must_not`);
  if (input.settings.isPromotionIgnored(member.key))
    return no(member, 'promotion-ignored', `${name} matches PromotionIgnoreHostnameFilters`);
  if (common.version !== null && compareMajorVersions(instance.version, common.version) > 0) {
    const most = `most of its siblings run ${majorVersion(common.version)} and could not follow it`;
    return no(member, 'newer-version', `${name} runs ${majorVersion(instance.version)}, ${most}`);
  }
  if (common.binlogFormat !== null && formatRank(instance.binlogFormat) > formatRank(common.binlogFormat)) {
    const most = `most of its siblings in ${common.binlogFormat}`;
    return no(member, 'binlog-format', `${name} logs in ${instance.binlogFormat}, ${most}`);
  }
  if (hasBrokenApplier(instance)) {
    const { errorNumber = 0 } = instance.replication?.applier ?? {};
    return no(member, 'applier-error', `the applier of ${name} stopped with error ${errorNumber}`);
  }
  return null;
}

const filtersOf = ({ instance }: Member): number => Number(instance.replication?.hasFilters === true);

const delayOf = ({ instance }: Member): number => instance.replication?.delaySeconds ?? 0;

/** Who of them all is ahead of this one, errant transactions left out. Replicas that cannot be compared are not ahead. */
const countAhead = (member: Member, among: readonly Member[]): number =>
  among.filter((other) => surplusOver(other, member) !== '' && surplusOver(member, other) === '').length;

/**
 * The replica that the others are moved below: of those that may lead, those without replication filters before those with (others would
 * get no more what is left out), and of these the most advanced one; among equals the one that most others
 * can follow (older version, narrower binlog format), in the source's data centre, without errant transactions, by promotion rule.
 * `also`: a further rule. All objections when there is none.
 */
export function chooseLeader(
  replicas: readonly Member[],
  source: Member | null,
  input: OperationInput,
  also: (member: Member) => Objection | null = () => null,
): { readonly leader: Member } | { readonly leader: null; readonly objections: readonly Objection[] } {
  const fresh = replicas.filter((replica) => notFresh(replica, input) === null);
  const common = commonOf(fresh);
  const judged = replicas.map((member) => ({ member, objection: cannotLead(member, common, input) ?? also(member) }));
  const isElsewhere = ({ instance }: Member): number =>
    source !== null && instance.classification.dataCenter === source.instance.classification.dataCenter ? 0 : 1;
  const [leader] = judged
    .filter(({ objection }) => objection === null)
    .map(({ member }) => ({ member, ahead: countAhead(member, fresh) }))
    .toSorted(
      ({ member: a, ahead: aheadOfA }, { member: b, ahead: aheadOfB }) =>
        filtersOf(a) - filtersOf(b) ||
        aheadOfA - aheadOfB ||
        Number(isApplying(b.instance)) - Number(isApplying(a.instance)) ||
        delayOf(a) - delayOf(b) ||
        compareMajorVersions(a.instance.version, b.instance.version) ||
        formatRank(a.instance.binlogFormat) - formatRank(b.instance.binlogFormat) ||
        isElsewhere(a) - isElsewhere(b) ||
        Number(a.record.position.errantGtid !== '') - Number(b.record.position.errantGtid !== '') ||
        comparePromotionRules(a.record.intent.promotionRule, b.record.intent.promotionRule) ||
        (a.name < b.name ? -1 : 1),
    );
  if (leader !== undefined) return { leader: leader.member };
  return { leader: null, objections: judged.flatMap(({ objection }) => objection ?? []) };
}
