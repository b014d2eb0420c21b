import type { Objection, Step } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { canMoveReceiverAlone } from '../../steps/flavour.ts';
import { losesRelayLogAtStart } from '../../steps/relay-log.ts';
import { restSteps, startAppliedStep } from '../../steps/replica.ts';
import { isApplying, isListening, startApplierSteps, stopReceiverStep } from '../../steps/threads.ts';
import { type Evidence, type Member, type OperationInput, sourceOf } from '../input.ts';
import { cannotKeepRelayLog, firstOf, isGroupSecondary, notFresh, notReplica } from '../rules/can-move.ts';
import { type Deed, objection, plannerOn } from './single.ts';
import {
  appliesAgain,
  atRest,
  cannotComeToRest,
  isAtRest,
  listenAgainSteps,
  startReceiverStep,
  stopApplierStep,
} from './thread-steps.ts';

/** The source refuses the account (1045), or its way of logging in (2061): the receiver keeps trying, or has given up. */
const LOGIN_ERRORS = [1045, 2061];

/** Undone where the account in force before is known. Not destructive to data, but the old password may be gone. */
function accountStep(
  member: Member,
  { credentials, formerCredentials = null }: Evidence,
  requires: Step['requires'],
): Step[] {
  if (credentials === null) return [];
  const set = (user: string, account: typeof credentials, undo: readonly Step[]): Step =>
    commandStep(
      'account',
      member,
      { kind: 'set-source-account', credentials: account },
      `${member.name} logs in at its source as ${user}`,
      { ...(requires === null ? {} : { requires }), undo, isDestructive: undo.length === 0 },
    );
  const back = formerCredentials === null ? [] : [set(formerCredentials.user, formerCredentials, [])];
  return [set(credentials.user, credentials, back)];
}

/** The receiver starts again if it ran, or if a refused login is why it does not; then it must come to replicate. */
function connectSteps(member: Member, why: string): Step[] {
  const { replication } = member.instance;
  const source = sourceOf(member);
  if (replication === null || source === null) return [];
  if (!LOGIN_ERRORS.includes(replication.receiver.errorNumber)) return listenAgainSteps('resume', member, why);
  const ensures = isApplying(member.instance)
    ? ({ kind: 'replicating-from', source } as const)
    : ({ kind: 'receiver-started' } as const);
  return [startReceiverStep('resume', member, why, ensures)];
}

/** MySQL 5.7 and later: the receiver alone, beside a running applier. The others: both at rest, with everything executed. */
function accountSteps(member: Member, input: OperationInput): Step[] {
  const { instance, name } = member;
  const { drainTimeoutMs } = input.settings;
  const why = `${name} gets another account for its source`;
  if (isAtRest(instance)) {
    const steps = accountStep(member, input.evidence, atRest(instance));
    const resumed = connectSteps(member, why);
    const needsApplier = resumed.length > 0 && losesRelayLogAtStart(instance);
    return [...steps, ...(needsApplier ? startApplierSteps('resume', member, why) : []), ...resumed];
  }
  if (canMoveReceiverAlone(instance)) {
    return [
      ...startApplierSteps('stop', member, `${name} keeps its relay log only while its applier runs`),
      ...(isListening(instance) ? [stopReceiverStep('stop', member, why)] : []),
      ...accountStep(member, input.evidence, { kind: 'applier-running' }),
      ...connectSteps(member, why),
      ...(isApplying(instance)
        ? []
        : [stopApplierStep('resume', member, `${name} applies no more, as before`, drainTimeoutMs)]),
    ];
  }
  return [
    ...restSteps('stop', member, drainTimeoutMs, why),
    ...accountStep(member, input.evidence, atRest(instance)),
    ...(appliesAgain(instance) ? [startAppliedStep('resume', member, why)] : []),
    ...connectSteps(member, why),
  ];
}

/** change-master-credentials: the replication account is set anew; everything else of the connection, TLS too, stays. */
export const planChangeCredentials = plannerOn(
  'change the replication account of',
  (member, input): Deed | Objection => {
    const no = firstOf(
      () => notReplica(member),
      () => isGroupSecondary(member),
      () => notFresh(member, input),
      () => (canMoveReceiverAlone(member.instance) ? cannotKeepRelayLog(member) : cannotComeToRest(member)),
    );
    if (no !== null) return no;
    const { credentials, formerCredentials = null } = input.evidence;
    if (credentials === null) {
      return objection(
        member,
        'no-credentials',
        `no replication account is known for ${member.name}: set ReplicationCredentialsQuery, keep it in mysql.slave_master_info there, or set MySQLReplicationUser and MySQLReplicationPassword`,
      );
    }
    const before = member.instance.replication?.profile.user ?? '';
    return {
      steps: accountSteps(member, input),
      reasons: [
        `${member.name} logs in at its source as ${credentials.user} instead of ${before}`,
        ...(formerCredentials === null ? [`the password of ${before} is not known: there is no way back to it`] : []),
      ],
    };
  },
);
