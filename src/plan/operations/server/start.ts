import { containsPosition, parseGtidPosition } from '../../../model/gtid-position.ts';
import { isDetachedKey } from '../../../model/instance-key.ts';
import type { Objection, Step } from '../../plan.ts';
import { commandStep, waitStep } from '../../steps/build.ts';
import { hasExecutedAll, losesRelayLogAtStart } from '../../steps/relay-log.ts';
import { beforeApplier, isApplying, isListening, startApplierSteps, stopReceiverStep } from '../../steps/threads.ts';
import { isObjection, type Member, memberOf, type OperationInput } from '../input.ts';
import { notFresh } from '../rules/can-move.ts';
import { semiSyncAtStart } from './semi-sync.ts';
import { already, type Deed, objection, plannerOn } from './single.ts';
import { notStartable, replicating, startApplierStep, startReceiverStep, stopApplierStep } from './thread-steps.ts';

const REPLICATING_MS = 5_000;

/** Received transactions that are not executed are at the source too, which answers: they may be fetched from there again. */
function canFetchAgain(member: Member, input: OperationInput): boolean {
  const { replication } = member.instance;
  if (replication === null || replication.receivedGtid === '') return false;
  const source = memberOf(input, replication.source);
  if (isObjection(source) || notFresh(source, input) !== null) return false;
  return containsPosition(parseGtidPosition(source.instance.executedGtid), parseGtidPosition(replication.receivedGtid));
}

/** Both threads rest, and the flavour would throw away what is to be executed when either one starts. */
const wouldLose = ({ instance }: Member): boolean =>
  losesRelayLogAtStart(instance) && !isListening(instance) && !isApplying(instance) && !hasExecutedAll(instance);

/** Its relay log is the only copy that is known, and its delay lets nobody wait until it is executed. */
function cannotStart(member: Member, input: OperationInput): Objection | null {
  const source = member.instance.replication?.configuredSource;
  if (source !== undefined && isDetachedKey(source)) {
    return objection(member, 'detached', `${member.name} is detached; reattach it (reattach-replica)`);
  }
  const delaySeconds = member.instance.replication?.delaySeconds ?? 0;
  if (!wouldLose(member) || canFetchAgain(member, input) || delaySeconds * 1000 <= input.settings.drainTimeoutMs) {
    return null;
  }
  return objection(
    member,
    'delayed',
    `a start would throw away what ${member.name} has received and not executed, its delay of ${delaySeconds} s is too long to wait for it, and its source is not known to have it: start the source first, or set the delay to 0 and let it execute`,
  );
}

/** The applier runs; first, so that no flavour throws its relay log away. */
function startApplierFirst(member: Member, input: OperationInput, why: string): Step[] {
  const { instance } = member;
  if (isApplying(instance)) return [];
  if (wouldLose(member) && canFetchAgain(member, input)) return [startApplierStep('start', member, why)];
  const delayMs = (instance.replication?.delaySeconds ?? 0) * 1000;
  return startApplierSteps('start', member, why, input.settings.drainTimeoutMs + delayMs);
}

const startReasons = (member: Member, input: OperationInput): readonly string[] =>
  wouldLose(member) && canFetchAgain(member, input)
    ? [`what ${member.name} has received and not executed is fetched again from its source, which has it`]
    : [];

/** Both threads run at the end. */
function startSteps(member: Member, input: OperationInput): Step[] {
  const { instance } = member;
  const { replication } = instance;
  if (replication === null) return [];
  const why = `${member.name} replicates`;
  const semiSync = semiSyncAtStart('start', member, input);
  const listensAnew = isListening(instance) && semiSync.needsNewConnection;
  const follows = { kind: 'replicating-from', source: replication.configuredSource } as const;
  return [
    ...startApplierFirst(member, input, why),
    ...(listensAnew ? [stopReceiverStep('start', member, `${member.name} connects anew`)] : []),
    ...semiSync.steps,
    ...(!isListening(instance) || listensAnew ? [startReceiverStep('start', member, why, follows)] : []),
    // It tries to reach its source already.
    ...(replication.receiver.state === 'other' && !listensAnew
      ? [waitStep('start', member, follows, REPLICATING_MS, why)]
      : []),
  ];
}

/** start-replica: must come to replicate, else everything is taken back. */
export const planStart = plannerOn('start replication on', (member, input): Deed | Objection => {
  const no = notStartable(member, input) ?? cannotStart(member, input);
  if (no !== null) return no;
  const steps = startSteps(member, input);
  if (steps.length === 0) return already(`${member.name} replicates already`);
  return { steps, reasons: startReasons(member, input), effects: replicating(member, true) };
});

/** restart-replica: each thread stops and starts beside the other, never both at once, so that every flavour keeps its relay log. */
export const planRestart = plannerOn('restart replication on', (member, input): Deed | Objection => {
  const { instance, name } = member;
  const { replication } = instance;
  const no = notStartable(member, input) ?? cannotStart(member, input);
  if (no !== null) return no;
  if (replication === null) return objection(member, 'not-a-replica', `${name} is not a replica`);
  const why = `${name} replicates anew`;
  const follows = { kind: 'replicating-from', source: replication.configuredSource } as const;
  const listen = [...semiSyncAtStart('start', member, input).steps, startReceiverStep('start', member, why, follows)];
  return {
    steps: [
      ...startApplierFirst(member, input, why),
      ...(isListening(instance) ? [] : listen),
      ...(isApplying(instance) ? bounceApplierSteps(member, input, why) : []),
      ...(isListening(instance) ? [stopReceiverStep('restart', member, why), ...listen] : []),
    ],
    reasons: startReasons(member, input),
    effects: replicating(member, true),
  };
});

/** Undone by the stop's way back. */
const bounceApplierSteps = (member: Member, input: OperationInput, why: string): Step[] => [
  stopApplierStep('restart', member, why, input.settings.drainTimeoutMs),
  commandStep('restart', member, { kind: 'start-applier' }, why, {
    ...beforeApplier(member.instance),
    ensures: { kind: 'applier-running' },
  }),
];
