import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { comparePromotionRules } from '../../../model/promotion-rule.ts';
import { compareMajorVersions } from '../../../model/version.ts';
import { crossing } from '../../failover/intermediate/crossing.ts';
import type { Objection } from '../../plan.ts';
import { usesGtid } from '../../steps/flavour.ts';
import { isObjection, type Member, memberOf, type OperationInput, replicasBelow } from '../input.ts';
import {
  cannotKeepRelayLog,
  cannotMove,
  firstOf,
  isBinlogServerItself,
  isGroupSecondary,
  notFresh,
} from '../rules/can-move.ts';
import { cannotFindByGtid, cannotReplicateFrom } from '../rules/can-replicate.ts';

/** Who hands over, who takes over, and who follows. */
export interface Succession {
  readonly primary: Member;
  readonly designated: Member;
  /** The other direct replicas that are to follow the designated one, by their GTIDs. */
  readonly byGtid: readonly Member[];
  /** Those that are to follow it at a place in its log, for they go by file and position. */
  readonly byPlace: readonly Member[];
  /** Downtimed siblings that cannot follow: they stay where they are. */
  readonly leftBehind: readonly Objection[];
}

/** Goes by file and position: what it has executed is told by a place in its source's log. */
export const isByPlace = ({ instance }: Member): boolean => !usesGtid(instance);

/** Somebody is to go on at a place in the successor's log, the former primary or a sibling: it must be exact. */
export const needsPlace = ({ designated, byPlace }: Succession): boolean => isByPlace(designated) || byPlace.length > 0;

const no = (member: Member, rule: string, explanation: string): Objection => ({
  subject: member.name,
  rule,
  explanation,
});

/** Reads a takeover request: `instance` is the primary, `destination` the designated successor or null. */
export function readSuccession(input: OperationInput): Succession | Objection {
  const primary = memberOf(input, input.request.instance);
  if (isObjection(primary)) return primary;
  const unfit = primaryObjection(primary, input);
  if (unfit !== null) return unfit;
  const replicas = replicasBelow(input, primary.key);
  const designated = designate(primary, replicas, input);
  if (isObjection(designated)) return designated;
  const judged = judgeSiblings(designated, replicas, input);
  const refusing = refusalAmong(judged);
  if (refusing !== null) {
    const { subject, rule, explanation } = refusing;
    return {
      subject,
      rule,
      explanation: `Desginated instance ${designated.name} cannot take over all of its siblings. Error: ${explanation}`,
    };
  }
  const following = judged.filter(({ objection }) => objection === null).map(({ sibling }) => sibling);
  return {
    primary,
    designated,
    byGtid: following.filter((sibling) => !isByPlace(sibling)),
    byPlace: following.filter(isByPlace),
    leftBehind: judged.flatMap(({ objection }) => objection ?? []),
  };
}

interface Judged {
  readonly sibling: Member;
  /** What keeps it from following; null: nothing does. */
  readonly objection: Objection | null;
}

/** Every other replica, judged. */
const judgeSiblings = (designated: Member, replicas: readonly Member[], input: OperationInput): readonly Judged[] =>
  replicas
    .filter(({ key }) => !sameKey(key, designated.key))
    .map((sibling) => ({ sibling, objection: cannotFollow(sibling, designated, input) }));

/** The first one that could not follow and is not meant to stay behind (downtimed); null when all can. */
const refusalAmong = (judged: readonly Judged[]): Objection | null =>
  judged.find(({ sibling, objection }) => objection !== null && sibling.record.intent.downtime === null)?.objection ??
  null;

function primaryObjection(primary: Member, input: OperationInput): Objection | null {
  const { instance, name } = primary;
  if (instance.replication !== null) {
    return no(
      primary,
      'not-a-primary',
      `${name} replicates from ${formatKey(instance.replication.source)}; it is not the primary`,
    );
  }
  if (instance.group !== null)
    return no(primary, 'group', `${name} is a member of a replication group, which elects its primary itself`);
  const stale = notFresh(primary, input);
  if (stale !== null) return stale;
  if (instance.isReadOnly)
    return no(
      primary,
      'read-only',
      `${name} takes no writes: there is nothing to hand over; see recover and set-writeable`,
    );
  return null;
}

/** Historic: "auto" starts the former primary as a replica, the plain kind leaves it configured and stopped. */
export const startsDemoted = ({ request }: OperationInput): boolean => request.kind === 'graceful-master-takeover-auto';

/** The named replica; the only one; or, when asked to choose, the one that suits best and that all others can follow. */
function designate(primary: Member, replicas: readonly Member[], input: OperationInput): Member | Objection {
  const { destination } = input.request;
  if (replicas.length === 0) return no(primary, 'no-replicas', `${primary.name} has no replicas that could take over`);
  if (destination !== null) {
    const named = replicas.find(({ key }) => sameKey(key, destination));
    if (named === undefined) {
      return no(
        primary,
        'not-a-direct-replica',
        `${formatKey(destination)} is not a direct replica of ${primary.name}; relocate it there first`,
      );
    }
    return cannotSucceed(named, primary, input) ?? hasGaps(named, replicas) ?? named;
  }
  const [only] = replicas;
  if (replicas.length === 1 && only !== undefined) return cannotSucceed(only, primary, input) ?? only;
  if (!startsDemoted(input)) {
    return no(
      primary,
      'not-designated',
      `GracefulMasterTakeover: target instance not indicated, auto=false, and master ${primary.name} has ${replicas.length} replicas. orchestrator cannot choose where to failover to. Aborting`,
    );
  }
  const judged = replicas.map((replica) => ({ replica, objection: cannotSucceed(replica, primary, input) }));
  const fit = judged.filter(({ objection }) => objection === null).map(({ replica }) => replica);
  const ordered = fit.toSorted((a, b) => bySuitability(a, b, primary, input));
  const best = ordered.find((one) => refusalAmong(judgeSiblings(one, replicas, input)) === null) ?? ordered[0];
  if (best !== undefined) return best;
  return no(
    primary,
    'nobody',
    `no replica of ${primary.name} can take over: ${judged.map(({ objection }) => objection?.explanation).join('; ')}`,
  );
}

const isFiltered = ({ instance }: Member): boolean => instance.replication?.hasFilters === true;

/** A takeover loses nothing: it does not go to a server that leaves out what others have. Where all have filters, they are meant so. */
function hasGaps(named: Member, replicas: readonly Member[]): Objection | null {
  const whole = replicas.find((replica) => !isFiltered(replica));
  if (whole === undefined || !isFiltered(named)) return null;
  const explanation = `${named.name} has replication filters and lacks what they leave out, ${whole.name} has none; choose another successor, or end the filters and rebuild what is missing`;
  return no(named, 'replication-filters', explanation);
}

/**
 * Those without replication filters first, then the promotion rule, the older version, where the primary stands, lag, replicas of its own
 * and the key: as after a failure, so that readiness names the same one, but for lag.
 */
function bySuitability(a: Member, b: Member, primary: Member, input: OperationInput): number {
  const isElsewhere = ({ instance }: Member): number =>
    Number(instance.classification.dataCenter !== primary.instance.classification.dataCenter);
  return (
    Number(isFiltered(a)) - Number(isFiltered(b)) ||
    comparePromotionRules(a.record.intent.promotionRule, b.record.intent.promotionRule) ||
    compareMajorVersions(a.instance.version, b.instance.version) ||
    isElsewhere(a) - isElsewhere(b) ||
    (a.instance.lagSeconds ?? 0) - (b.instance.lagSeconds ?? 0) ||
    replicasBelow(input, b.key).length - replicasBelow(input, a.key).length ||
    (a.name < b.name ? -1 : 1)
  );
}

/** Why a replica cannot take over; null when it can. */
export const cannotSucceed = (replica: Member, primary: Member, input: OperationInput): Objection | null =>
  firstOf(
    () => isGroupSecondary(replica),
    () =>
      replica.record.intent.promotionRule === 'must_not'
        ? no(replica, 'must-not', `${replica.name} is registered as must_not`)
        : null,
    () =>
      input.settings.isPromotionIgnored(replica.key)
        ? no(replica, 'promotion-ignored', `${replica.name} matches PromotionIgnoreHostnameFilters`)
        : null,
    () => standsElsewhere(replica, primary, input),
    () => cannotMove(replica, input),
    () =>
      replica.instance.logsReplicaUpdates
        ? null
        : no(
            replica,
            'no-replica-updates',
            `${replica.name} does not log what it applies (log_replica_updates is off)`,
          ),
    () =>
      replica.instance.binlogEnabled
        ? null
        : no(replica, 'no-binary-log', `${replica.name} has no binary log (log_bin is off)`),
    () => isBinlogServerItself(replica),
    () => (startsDemoted(input) && isByPlace(replica) ? gtidModesClash(primary, replica) : null),
    () =>
      replica.instance.replication?.delaySeconds === 0
        ? null
        : no(replica, 'delayed', `${replica.name} is delayed by ${replica.instance.replication?.delaySeconds} s`),
    () =>
      replica.record.position.errantGtid === ''
        ? null
        : no(replica, 'errant', `${replica.name} has transactions of its own: ${replica.record.position.errantGtid}`),
    // The primary becomes its replica. Without "auto" it is not started, so that an upgrade may leave an older version behind.
    () => (startsDemoted(input) ? cannotReplicateFrom(primary, replica, input.settings) : null),
  );

/** Where no failover may go, no takeover goes (historic: it ends in a recovery, which asks the same). */
function standsElsewhere(replica: Member, primary: Member, { settings }: OperationInput): Objection | null {
  const explanation = crossing(primary.instance, replica.instance, settings);
  return explanation === null ? null : no(replica, 'elsewhere', `${replica.name} ${explanation}`);
}

function cannotFollow(sibling: Member, designated: Member, input: OperationInput): Objection | null {
  return firstOf(
    () => isGroupSecondary(sibling),
    () => notFresh(sibling, input),
    () => cannotReplicateFrom(sibling, designated, input.settings),
    () =>
      isByPlace(sibling)
        ? cannotFollowByPlace(sibling, designated, input)
        : (cannotFindByGtid(sibling, designated) ?? cannotKeepRelayLog(sibling)),
  );
}

/**
 * Why a sibling that goes by file and position could not come to the end of the closed primary's log, and go on from there. A binlog
 * server has its source's very log, in which nobody knows a place of the successor's.
 */
const cannotFollowByPlace = (sibling: Member, designated: Member, input: OperationInput): Objection | null =>
  firstOf(
    () => isBinlogServerItself(sibling),
    () => cannotMove(sibling, input),
    () =>
      sibling.instance.replication?.delaySeconds === 0
        ? null
        : no(
            sibling,
            'delayed',
            `${sibling.name} goes by file and position and is delayed by ${sibling.instance.replication?.delaySeconds} s, which the takeover does not wait for; set its delay to 0 first (delay-replication), or leave it behind (begin-downtime)`,
          ),
    () => gtidModesClash(sibling, designated),
  );

/** MySQL: a receiver refuses to go by place where one side says OFF and the other writes GTIDs, and the other way round. */
function gtidModesClash(below: Member, above: Member): Objection | null {
  const [own, its] = [below.instance.gtidMode.toUpperCase(), above.instance.gtidMode.toUpperCase()];
  const isClash = (own === 'OFF' && its.startsWith('ON')) || (own === 'ON' && its.startsWith('OFF'));
  if (!isClash) return null;
  return no(below, 'gtid-mode', `${below.name} has gtid_mode ${own}, ${above.name} has ${its}: it cannot follow`);
}
