import { formatKey, isDetachedKey, sameKey } from '../../../model/instance-key.ts';
import { isDrained } from '../../../model/received.ts';
import { isLastCheckValid } from '../../../model/server-record.ts';
import type { Objection } from '../../plan.ts';
import { canMoveReceiverAlone } from '../../steps/flavour.ts';
import { hasBrokenApplier } from '../../steps/threads.ts';
import { type Member, type OperationInput, sourceOf } from '../input.ts';

/** A reading older than this many polls says nothing about now (historic). */
const RECENT_POLLS = 5;

const no = (member: Member, rule: string, explanation: string): Objection => ({
  subject: member.name,
  rule,
  explanation,
});

/** Why a server is not known well enough to be acted on; null when it is. */
export function notFresh(member: Member, input: OperationInput): Objection | null {
  const { check } = member.record;
  if (!isLastCheckValid(check, input.settings)) {
    return no(
      member,
      'not-valid',
      `${member.name} did not answer its last check${check.failure === null ? '' : `: ${check.failure}`}`,
    );
  }
  const ageMs = input.nowMs - (check.lastCheckedAtMs ?? 0);
  if (ageMs > RECENT_POLLS * input.settings.instancePollSeconds * 1000) {
    return no(member, 'not-recent', `${member.name} was last checked ${Math.round(ageMs / 1000)} s ago`);
  }
  return null;
}

/** Why a server is no replica that could be acted on as one; null when it is. */
export function notReplica(member: Member): Objection | null {
  if (sourceOf(member) !== null) return null;
  return no(member, 'not-a-replica', `${member.name} is not a replica`);
}

/**
 * Why a replica cannot be moved by coordinates: it must be fresh, replicate with both threads, and not lag. Historic CanMove.
 */
export function cannotMove(member: Member, input: OperationInput): Objection | null {
  const stale = notFresh(member, input);
  if (stale !== null) return stale;
  const { replication, lagSeconds } = member.instance;
  if (replication === null) return notReplica(member);
  if (replication.applier.state !== 'running')
    return no(member, 'applier-not-running', `the applier of ${member.name} is not running`);
  if (replication.receiver.state !== 'running')
    return no(member, 'receiver-not-running', `the receiver of ${member.name} is not running`);
  if (replication.secondsBehind === null)
    return no(member, 'lag-unknown', `${member.name} does not tell how far it is behind`);
  const lag = Math.abs((lagSeconds ?? replication.secondsBehind) - replication.delaySeconds);
  const limit = input.settings.reasonableMaintenanceLagSeconds;
  if (lag > limit && (lagSeconds ?? replication.secondsBehind) > limit) {
    return no(
      member,
      'lag',
      `${member.name} lags by ${lagSeconds ?? replication.secondsBehind} s, more than ${limit} s (ReasonableMaintenanceReplicationLagSeconds)`,
    );
  }
  return null;
}

/**
 * Why the source of a replica cannot be changed without throwing received transactions away: its applier is broken, or it is
 * delayed and its flavour deletes the relay log (design §4).
 */
export function cannotKeepRelayLog(member: Member): Objection | null {
  const { replication } = member.instance;
  if (replication === null) return null;
  if (hasBrokenApplier(member.instance)) {
    const { errorNumber, errorText } = replication.applier;
    return no(
      member,
      'applier-error',
      `the applier of ${member.name} stopped with error ${errorNumber}: ${errorText}; mend it first (skip-query may help)`,
    );
  }
  if (replication.delaySeconds > 0 && !canMoveReceiverAlone(member.instance)) {
    const silent = {
      ...member.instance,
      replication: { ...replication, receiver: { ...replication.receiver, state: 'stopped' as const } },
    };
    if (isDrained(silent).drained) return null;
    return no(
      member,
      'delayed',
      `${member.name} is delayed by ${replication.delaySeconds} s and holds transactions it has not executed; moving it would throw them away. Set its delay to 0 first (delay-replication)`,
    );
  }
  return null;
}

/**
 * By coordinates one server's log must mean what another's does, which it does not while clients write on both: one of two primaries
 * that is open has transactions of its own, which stand elsewhere, or not yet, in the other's log (historic for move-below).
 */
export function takesOwnWrites(member: Member): Objection | null {
  if (!member.record.position.isCoPrimary || member.instance.isReadOnly) return null;
  return no(member, 'co-primary', `${member.name} is one of two primaries and not read_only`);
}

/** A binlog server hands on its source's log with its places: below another source its replicas would lose theirs. */
export function isBinlogServerItself(member: Member): Objection | null {
  if (!member.instance.isBinlogServer) return null;
  return no(
    member,
    'binlog-server',
    `${member.name} is a binlog server and can only be moved along the log that it serves`,
  );
}

/** Members of a replication group that are not its primary are moved by the group alone. */
export function isGroupSecondary(member: Member): Objection | null {
  if (member.instance.group === null || member.instance.group.memberRole !== 'SECONDARY') return null;
  return no(
    member,
    'group-secondary',
    `${member.name} is a secondary of a replication group; the group decides whom it follows`,
  );
}

/** A group's primary cannot follow a member of its own group. */
export function isOwnGroup(member: Member, destination: Member): Objection | null {
  const [own, its] = [member.instance.group, destination.instance.group];
  if (own === null || its === null || own.groupName !== its.groupName) return null;
  return no(member, 'same-group', `${member.name} and ${destination.name} are members of the same replication group`);
}

/**
 * A server cannot come below itself or below one of its own replicas: that would be a ring. Where one on the way up was never read,
 * the server's own list of attached replicas tells whether it is below.
 */
export function isDescendant(member: Member, destination: Member, input: OperationInput): Objection | null {
  if (sameKey(member.key, destination.key))
    return no(member, 'same-server', `${member.name} cannot be moved below itself`);
  const seen = new Set<string>();
  let above = sourceOf(destination);
  while (above !== null && !isDetachedKey(above) && !seen.has(formatKey(above))) {
    if (sameKey(above, member.key))
      return no(member, 'descendant', `${destination.name} is a descendant of ${member.name}`);
    seen.add(formatKey(above));
    const key = above;
    const record = input.records.find((one) => sameKey(one.key, key));
    const isAttached = member.instance.attachedReplicas.some((one) => sameKey(one, key));
    if (record?.instance == null && isAttached)
      return no(member, 'descendant', `${formatKey(key)}, above ${destination.name}, is attached to ${member.name}`);
    above = record?.instance?.replication?.source ?? null;
  }
  return null;
}

/** Two replicas of one source. */
export function areSiblings(one: Member, other: Member): boolean {
  const [a, b] = [sourceOf(one), sourceOf(other)];
  return a !== null && b !== null && sameKey(a, b) && !sameKey(one.key, other.key);
}

/** The first objection, or null. */
export const firstOf = (...checks: readonly (() => Objection | null)[]): Objection | null => {
  for (const check of checks) {
    const objection = check();
    if (objection !== null) return objection;
  }
  return null;
};
