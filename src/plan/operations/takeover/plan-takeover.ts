import type { OperationPlanner } from '../input.ts';
import { isObjection, type Member } from '../input.ts';
import { makePlan, refuse } from '../make-plan.ts';
import { nowFollows } from '../relocation/move.ts';
import { isByPlace, readSuccession, type Succession, startsDemoted } from './choose.ts';
import { approachStage, catchUpStage, closeStage, gatherStage } from './close.ts';
import { followStage } from './follow.ts';
import { forgetStage, promoteStage, sendAwayStage } from './promote.ts';

/**
 * The primary hands its role to a replica, planned: nothing is lost, and until the successor takes writes every step can be taken
 * back, so that a failure leaves the old primary writable and everybody where they were.
 *
 * Order: siblings gather below the designated one, but for those whose acknowledgements the primary needs, and those that go by file
 * and position → it comes close → the primary is closed → the successor executes the rest → it takes writes → it forgets its source →
 * the rest and the former primary follow it.
 */
export const planTakeover: OperationPlanner = (input) => {
  const succession = readSuccession(input);
  if (isObjection(succession)) return refuse(input, 'graceful master takeover', succession);
  const { primary, designated, byGtid, byPlace, leftBehind } = succession;
  const siblings = [...byGtid, ...byPlace];
  const purpose = `hand the role of ${primary.name} over to ${designated.name}`;
  const { credentials } = input.evidence;
  if (credentials === null) {
    const explanation = `no replication account is known with which ${primary.name} could follow ${designated.name}: set ReplicationCredentialsQuery, or keep it in mysql.slave_master_info of ${designated.name}, or set MySQLReplicationUser and MySQLReplicationPassword`;
    return refuse(input, purpose, { subject: designated.name, rule: 'no-credentials', explanation });
  }
  if (input.evidence.credentialsRefusal != null) {
    const explanation = `the replication account "${credentials.user}" cannot log in at ${designated.name}, where ${primary.name} would need it: ${input.evidence.credentialsRefusal}`;
    return refuse(input, purpose, { subject: designated.name, rule: 'credentials-refused', explanation });
  }
  const early = mayMoveEarly(succession);
  const late = byGtid.filter((sibling) => !early.includes(sibling));
  const startDemoted = startsDemoted(input);
  return makePlan({
    purpose,
    of: primary,
    stages: [
      ...gatherStage(succession, early, input),
      ...approachStage(succession, input),
      ...closeStage(succession),
      ...catchUpStage(succession),
      ...promoteStage(succession),
      ...forgetStage(succession),
      ...sendAwayStage(succession),
      ...followStage(succession, late, credentials, input),
    ],
    reasons: [
      `${designated.name} takes over, ${primary.name} ${startDemoted ? 'follows it' : 'is left configured below it, not replicating'}`,
      ...(late.length > 0
        ? [
            `${late.map(({ name }) => name).join(', ')} moves afterwards, since ${primary.name} needs acknowledgements until then`,
          ]
        : []),
      ...(byPlace.length > 0
        ? [
            `${byPlace.map(({ name }) => name).join(', ')} moves afterwards, by file and position: from the end of the log of ${primary.name} to where ${designated.name} begins`,
          ]
        : []),
      ...(byPlace.length > 0 && !primary.instance.logsReplicaUpdates
        ? [`a replica that stays below ${primary.name} gets nothing new: that server does not log what it applies`]
        : []),
      ...leftBehind.map(({ explanation }) => `left behind, downtimed: ${explanation}`),
    ],
    locks: [primary, designated, ...siblings],
    effects: [
      { kind: 'source', server: designated.key, source: null },
      { kind: 'read-only', server: designated.key, readOnly: false },
      nowFollows(primary.key, designated.key),
      { kind: 'read-only', server: primary.key, readOnly: true },
      ...(startDemoted ? [] : [{ kind: 'replicating' as const, server: primary.key, replicating: false }]),
      ...siblings.map(({ key }) => nowFollows(key, designated.key)),
    ],
    moved: [primary.key, ...siblings.map(({ key }) => key)],
    subject: designated.key,
    method: isByPlace(designated) ? 'coordinates' : 'gtid',
  });
};

/** Siblings the primary can do without: with semi-sync, enough acknowledgers besides the designated one must stay. */
function mayMoveEarly({ primary, designated, byGtid, byPlace }: Succession): readonly Member[] {
  const { semiSync } = primary.instance;
  if (!semiSync.sourceEnabled) return byGtid;
  // One that is enabled, but not connected so, or not at all, acknowledges nothing: commits would wait, and all be taken back.
  const acknowledges = ({ instance }: Member): boolean =>
    instance.semiSync.replicaEnabled &&
    instance.semiSync.replicaActive &&
    instance.replication?.receiver.state === 'running';
  // Those by place stay in any case.
  const staying = [designated, ...byPlace].filter(acknowledges).length;
  const kept = byGtid.filter(acknowledges).slice(0, Math.max(0, semiSync.waitForReplicaCount - staying));
  return byGtid.filter((sibling) => !kept.includes(sibling));
}
