import type { Objection, Step } from '../../plan.ts';
import { commandStep, lane, stageOf, waitStep } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import { isListening, startApplierSteps, stopReceiverStep } from '../../steps/threads.ts';
import { isObjection, type Member, memberOf, type OperationInput, type OperationPlanner } from '../input.ts';
import { makePlan, refuse } from '../make-plan.ts';
import { notFresh } from '../rules/can-move.ts';
import { isSemiSyncManaged, setSemiSyncSteps } from '../server/semi-sync.ts';
import { gather, gatherEffects, gatheredMembers, gatherLanes, gatherMethod } from './gather.ts';
import { gatherByGtid, gatherByPseudoGtid, gatherEqual } from './gather-ways.ts';
import { type Heir, readHeir, silenced, sourceName } from './heir.ts';

/**
 * make-master (historic): a replica of a dead source becomes writable, with its siblings below it. It keeps its source's address; its
 * receiver stays stopped, so that a source that returns cannot reach it.
 */
export const planMakeMaster: OperationPlanner = (input) => {
  const member = memberOf(input, input.request.instance);
  if (isObjection(member)) return refuse(input, 'make a primary', member);
  const purpose = `make ${member.name} a primary`;
  const heir = readHeir(silenced(member), input);
  if (isObjection(heir)) return refuse(input, purpose, heir);
  const alive = isSourceAlive(heir, input);
  if (alive !== null) return refuse(input, purpose, alive);
  const gathering = gather(heir.heir, heir.siblings, [gatherByGtid, gatherEqual, gatherByPseudoGtid], input);
  return makePlan({
    purpose,
    of: member,
    stages: [
      ...stageOf('drain', [lane(member, drainSteps(member, input))]),
      ...stageOf('gather', gatherLanes(gathering, ['level', 'join'], input)),
      ...stageOf('promote', [lane(member, promoteSteps(member))]),
    ],
    reasons: [
      `${sourceName(heir)} is dead`,
      ...gathering.reasons,
      `the receiver of ${member.name} stays stopped: ${sourceName(heir)} cannot reach it when it returns; reset-replica makes it forget`,
    ],
    locks: [member, ...gatheredMembers(gathering)],
    effects: [...gatherEffects(gathering), { kind: 'read-only', server: member.key, readOnly: false }],
    moved: gatheredMembers(gathering).map(({ key }) => key),
    subject: member.key,
    ...gatherMethod(gathering),
  });
};

/** Only a dead source is replaced so; one that lives would go on taking writes that nobody gets. */
function isSourceAlive({ heir, source }: Heir, input: OperationInput): Objection | null {
  const known = memberOf(input, source);
  if (isObjection(known) || notFresh(known, input) !== null) return null;
  const remedy = known.instance.replication === null ? 'use graceful-master-takeover' : 'use make-local-master';
  const explanation = `${known.name}, the source of ${heir.name}, is alive; ${remedy}`;
  return { subject: heir.name, rule: 'source-alive', explanation };
}

function drainSteps(member: Member, input: OperationInput): Step[] {
  const why = `${member.name} becomes a primary`;
  return [
    ...startApplierSteps('drain', member, why),
    ...(isListening(member.instance) ? [stopReceiverStep('drain', member, why)] : []),
    waitStep(
      'drain',
      member,
      { kind: 'drained' },
      input.settings.drainTimeoutMs,
      `${member.name} executes everything it has received`,
    ),
  ];
}

function promoteSteps(member: Member): Step[] {
  const { instance, name } = member;
  if (!instance.isReadOnly && instance.isSuperReadOnly !== true) return [];
  const withSuper = hasSuperReadOnly(instance);
  const back = { kind: 'set-read-only', readOnly: instance.isReadOnly, withSuper: instance.isSuperReadOnly === true };
  return [
    ...(isSemiSyncManaged(member) ? setSemiSyncSteps('promote', member, 'source', true) : []),
    commandStep('promote', member, { kind: 'set-read-only', readOnly: false, withSuper }, `${name} takes writes`, {
      requires: { kind: 'drained' },
      ensures: { kind: 'read-only', readOnly: false },
      undo: [
        commandStep('promote', member, { ...back, kind: 'set-read-only' }, `${name} is closed for writes, as before`, {
          ensures: { kind: 'read-only', readOnly: true },
        }),
      ],
    }),
  ];
}
