import { sameKey } from '../../model/instance-key.ts';
import { isDrained, progressOf } from '../../model/received.ts';
import type { Lane, Stage, Step } from '../plan.ts';
import { canMoveReceiverAlone, hasSuperReadOnly } from './flavour.ts';
import type { FailoverInput, Participant } from './input.ts';
import { failedRecord } from './participants.ts';
import { commandStep, lane, waitStep } from './steps.ts';

const stageOf = (name: string, lanes: readonly Lane[]): Stage[] => {
  const filled = lanes.filter(({ steps }) => steps.length > 0);
  return filled.length === 0 ? [] : [{ name, lanes: filled }];
};

/**
 * No replica listens to the failed primary any more, so that what each has received stands still, and a primary that was only
 * hung cannot get an acknowledgement. Only receivers are touched: appliers go on, no relay log is lost on any flavour.
 * Left alone are those that could not be silenced before, and those that follow the successor already.
 */
export function silenceStage(
  participants: readonly Participant[],
  successor: Participant,
  input: FailoverInput,
): Stage[] {
  const lanes = participants.map((participant) => {
    const isExcluded = input.excluded.some(({ key }) => sameKey(key, participant.key));
    if (!isListening(participant) || isExcluded || follows(participant, successor)) return lane(participant, []);
    const why = `${participant.name} must not receive from the failed primary any more`;
    return lane(
      participant,
      [
        commandStep('silence', participant, { kind: 'stop-receiver' }, why, {
          ensures: { kind: 'receiver-stopped' },
          undo: { kind: 'start-receiver' },
        }),
      ],
      false,
    );
  });
  return stageOf('silence', lanes);
}

const isListening = ({ instance }: Participant): boolean => {
  const state = instance.replication?.receiver.state;
  return state === 'running' || state === 'other';
};

const isApplying = ({ instance }: Participant): boolean => instance.replication?.applier.state === 'running';

/** Its applier stopped with an error: whether it goes on is seen only when it has executed all it has. */
const hasBroken = (participant: Participant): boolean =>
  !isApplying(participant) && (participant.instance.replication?.applier.errorNumber ?? 0) !== 0;

/** True when it has the other as its source, whether its threads run or not. */
export const follows = ({ instance }: Participant, other: Participant): boolean =>
  instance.replication !== null && sameKey(instance.replication.source, other.key);

/** The steps after which everything the server received is executed. */
function drainSteps(stage: string, participant: Participant, deadlineMs: number): Step[] {
  const { instance, name } = participant;
  const { replication } = instance;
  if (replication === null || (isDrained(instance).drained && replication.receiver.state === 'stopped')) return [];
  const steps: Step[] = [];
  const isDelayed = replication.delaySeconds > 0 && canMoveReceiverAlone(instance);
  const lift = `the delay of ${name} is lifted`;
  if (isDelayed) {
    // A change of the source with both threads at rest deletes the relay log (seen on 9.7: all rows lost): the receiver must be
    // started for it, though nobody answers it.
    steps.push(
      commandStep(stage, participant, { kind: 'start-receiver' }, lift, { ensures: { kind: 'receiver-started' } }),
      commandStep(stage, participant, { kind: 'stop-applier' }, lift, { ensures: { kind: 'applier-stopped' } }),
      commandStep(stage, participant, { kind: 'set-delay', seconds: 0 }, lift, {
        requires: { kind: 'receiver-started' },
      }),
    );
  }
  if (replication.applier.state !== 'running' || isDelayed) {
    steps.push(commandStep(stage, participant, { kind: 'start-applier' }, `${name} must execute what it has received`));
  }
  if (isDelayed) {
    steps.push(
      commandStep(stage, participant, { kind: 'stop-receiver' }, lift, { ensures: { kind: 'receiver-stopped' } }),
    );
  }
  steps.push(
    waitStep(stage, participant, { kind: 'drained' }, deadlineMs, `${name} executes everything it has received`),
  );
  return steps;
}

/** The successor (and its donor) execute everything they have received. */
export function drainStage(successor: Participant, donor: Participant | null, input: FailoverInput): Stage[] {
  const deadlineMs = input.settings.promotionDrainTimeoutMs;
  const lanes = [successor, ...(donor === null ? [] : [donor])].map((one) =>
    lane(one, drainSteps('drain', one, deadlineMs)),
  );
  return stageOf('drain', lanes);
}

/** The successor fetches from the donor what only the donor has received. */
export function catchUpStage(successor: Participant, donor: Participant | null, input: FailoverInput): Stage[] {
  if (donor === null) return [];
  const deadlineMs = input.settings.promotionDrainTimeoutMs;
  const wanted = progressOf(donor.instance).completeText;
  const why = `${successor.name} gets from ${donor.name} what it lacks`;
  return stageOf('catch-up', [
    lane(successor, [
      ...moveSteps('catch-up', successor, donor, true),
      waitStep('catch-up', successor, { kind: 'has-executed', gtid: wanted }, deadlineMs, why),
      commandStep('catch-up', successor, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } }),
      waitStep('catch-up', successor, { kind: 'drained' }, deadlineMs, why),
    ]),
  ]);
}

/** Point of no return: the successor forgets its source and takes writes. */
export function promoteStage(successor: Participant, acknowledgers: number, input: FailoverInput): Stage[] {
  if (!input.settings.applyPromotion) return [];
  const { instance, name } = successor;
  // What was sent before it took writes is done, since the steps go in order; a quick reading does not show semi-sync.
  if (instance.replication === null && !instance.isReadOnly && instance.isSuperReadOnly !== true) return [];
  const steps: Step[] = [];
  if (instance.replication !== null) {
    const complete = progressOf(instance).completeText;
    for (const gtid of input.seen.get(name) ?? []) {
      const why = `${name} has not lost anything on the way`;
      if (gtid !== complete) steps.push(waitStep('promote', successor, { kind: 'has-executed', gtid }, 0, why));
    }
    const stop = `${name} must not replicate any more`;
    if (instance.replication.applier.state !== 'stopped' && instance.replication.applier.state !== 'none') {
      steps.push(
        commandStep('promote', successor, { kind: 'stop-applier' }, stop, {
          requires: { kind: 'drained' },
          ensures: { kind: 'applier-stopped' },
          undo: { kind: 'start-applier' },
        }),
      );
    }
    // Tested again in the moment itself: RESET of a replica that is not drained deletes received rows. The set is the test,
    // since a stopped applier does not say any more whether it had read all.
    steps.push(
      commandStep('promote', successor, { kind: 'forget-source' }, `${name} becomes the primary`, {
        requires: { kind: 'has-executed', gtid: complete },
        ensures: { kind: 'has-no-source' },
        isDestructive: true,
      }),
    );
  }
  if (mustKeepSemiSync(successor, acknowledgers, input)) {
    steps.push(
      commandStep(
        'promote',
        successor,
        { kind: 'set-semi-sync', side: 'source', enabled: true },
        `${name} waits for acknowledgements as the failed primary did`,
      ),
    );
  }
  if (instance.isReadOnly || instance.isSuperReadOnly === true) {
    steps.push(
      commandStep(
        'promote',
        successor,
        { kind: 'set-read-only', readOnly: false, withSuper: hasSuperReadOnly(instance) },
        `${name} takes writes`,
        {
          ensures: { kind: 'read-only', readOnly: false },
          isDestructive: true,
        },
      ),
    );
  }
  return stageOf('promote', [lane(successor, steps)]);
}

/** The durability the failed primary gave is kept, where enough siblings can acknowledge. */
function mustKeepSemiSync(successor: Participant, acknowledgers: number, input: FailoverInput): boolean {
  const before = failedRecord(input)?.instance?.semiSync;
  const after = successor.instance.semiSync;
  return (
    before?.sourceEnabled === true &&
    after.available &&
    !after.sourceEnabled &&
    acknowledgers >= Math.max(1, before.waitForReplicaCount)
  );
}

/** Every sibling follows the successor. A sibling that cannot is reported, the others go on. */
export function repointStage(successor: Participant, siblings: readonly Participant[], input: FailoverInput): Stage[] {
  const lanes = siblings.map((sibling) => {
    if (follows(sibling, successor)) return lane(sibling, goOnSteps(sibling, successor), false);
    const why = `${sibling.name} must not receive from the failed primary any more`;
    // One that could not be silenced before gets a second chance here.
    const silence = isListening(sibling)
      ? [commandStep('repoint', sibling, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } })]
      : [];
    const drain =
      canMoveReceiverAlone(sibling.instance) && !hasBroken(sibling)
        ? []
        : drainSteps('repoint', sibling, input.settings.promotionDrainTimeoutMs);
    const move = moveSteps('repoint', sibling, successor, sibling.mayReceive);
    return lane(sibling, [...silence, ...drain, ...move], false);
  });
  return stageOf('repoint', lanes);
}

/** What is left to do where the address was changed already: an earlier process of ours died in the middle of a move. */
function goOnSteps(sibling: Participant, successor: Participant): Step[] {
  if (!sibling.mayReceive || (isListening(sibling) && isApplying(sibling))) return [];
  const why = `${sibling.name} follows ${successor.name}`;
  return [
    ...startApplierSteps('repoint', sibling, why),
    commandStep('repoint', sibling, { kind: 'start-receiver' }, why, {
      ensures: { kind: 'replicating-from', source: successor.key },
    }),
  ];
}

/** A receiver is moved or started only beside a running applier: else the relay log is thrown away un-applied (design §4). */
const startApplierSteps = (stage: string, participant: Participant, why: string): Step[] =>
  isApplying(participant)
    ? []
    : [commandStep(stage, participant, { kind: 'start-applier' }, why, { ensures: { kind: 'applier-running' } })];

/**
 * The steps that make one server follow another. MySQL 5.7 and later: the receiver only, the applier is never stopped. MariaDB
 * and 5.6: both stopped (after a drain), and then the applier is started alone, before the receiver (design §4).
 */
export function moveSteps(stage: string, participant: Participant, below: Participant, start: boolean): Step[] {
  const { instance, name } = participant;
  const why = `${name} follows ${below.name}`;
  const change = { kind: 'change-source', source: below.key, positioning: null, credentials: null } as const;
  const begin = start
    ? [
        commandStep(stage, participant, { kind: 'start-receiver' }, why, {
          ensures: { kind: 'replicating-from', source: below.key },
        }),
      ]
    : [];
  if (canMoveReceiverAlone(instance)) {
    return [
      ...startApplierSteps(stage, participant, why),
      commandStep(stage, participant, { ...change, receiverOnly: true }, why, {
        requires: { kind: 'receiver-stopped' },
      }),
      ...begin,
    ];
  }
  return [
    commandStep(stage, participant, { kind: 'stop-applier' }, why, {
      requires: { kind: 'drained' },
      ensures: { kind: 'applier-stopped' },
    }),
    commandStep(stage, participant, { ...change, receiverOnly: false }, why, {
      requires: { kind: 'receiver-stopped' },
    }),
    commandStep(stage, participant, { kind: 'start-applier' }, why, { ensures: { kind: 'applier-running' } }),
    ...begin,
  ];
}
