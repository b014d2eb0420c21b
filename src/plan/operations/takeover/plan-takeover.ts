import type { OperationPlanner } from '../input.ts';
import { isObjection, type Member } from '../input.ts';
import { makePlan, refuse } from '../make-plan.ts';
import { nowFollows } from '../relocation/move.ts';
import { readSuccession, type Succession, startsDemoted } from './choose.ts';
import { approachStage, catchUpStage, closeStage, gatherStage } from './close.ts';
import { followStage } from './follow.ts';
import { forgetStage, promoteStage } from './promote.ts';

/**
 * The primary hands its role to a replica, planned: nothing is lost, and until the successor takes writes every step can be taken
 * back, so that a failure leaves the old primary writable and everybody where they were.
 *
 * Order: siblings gather below the designated one, but for those whose acknowledgements the primary needs → it comes close →
 * the primary is closed → the successor executes the rest → it takes writes → it forgets its source → the former primary and the rest follow it.
 */
export const planTakeover: OperationPlanner = (input) => {
  const succession = readSuccession(input);
  if (isObjection(succession)) return refuse(input, 'graceful master takeover', succession);
  const { primary, designated, siblings, leftBehind } = succession;
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
  const late = siblings.filter((sibling) => !early.includes(sibling));
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
      ...followStage(succession, { early, late }, credentials, input),
    ],
    reasons: [
      `${designated.name} takes over, ${primary.name} ${startDemoted ? 'follows it' : 'is left configured below it, not replicating'}`,
      ...(late.length > 0
        ? [
            `${late.map(({ name }) => name).join(', ')} moves afterwards, since ${primary.name} needs acknowledgements until then`,
          ]
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
    method: 'gtid',
  });
};

/** Siblings the primary can do without: with semi-sync, enough acknowledgers besides the designated one must stay. */
function mayMoveEarly({ primary, designated, siblings }: Succession): readonly Member[] {
  const { semiSync } = primary.instance;
  if (!semiSync.sourceEnabled) return siblings;
  const acknowledges = ({ instance }: Member): boolean => instance.semiSync.replicaEnabled;
  const needed = Math.max(0, semiSync.waitForReplicaCount - (acknowledges(designated) ? 1 : 0));
  const kept = siblings.filter(acknowledges).slice(0, needed);
  return siblings.filter((sibling) => !kept.includes(sibling));
}
