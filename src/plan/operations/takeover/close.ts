import type { Condition, Lane, Stage, Step } from '../../plan.ts';
import type { StepOptions } from '../../steps/build.ts';
import { commandStep, lane, stageOf, waitStep } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member, OperationInput } from '../input.ts';
import { gtidLane } from '../relocation/gtid.ts';
import { comeToEndSteps } from './by-place.ts';
import { isByPlace, needsPlace, type Succession } from './choose.ts';
import { hasCome, hasWritten, noteProgressSteps, noteWrittenSteps } from './written.ts';

/** Longer than this nobody waits with the primary closed: it is opened again. */
export const CATCH_UP_MS = 10_000;
/** What is sent to the primary side by side, or held: its closing, the lock, the ends of sessions. */
const CLOSING_COMMANDS = 3;
/** Where nobody keeps it open it is closed, and locked, by then, and clients learn it from their next statement: ending their sessions costs more. */
const CLOSED_AT_ONCE_MS = 12;
/** A fence that takes longer has failed. */
const CLOSE_MS = 3_000;

/**
 * The designated replica comes close before anybody is refused: what the primary has written by now is executed there. So do the
 * siblings that go by place, which nobody shall wait for afterwards; one that is downtimed and does not is left behind.
 */
export function approachStage(succession: Succession, input: OperationInput): Stage[] {
  const { primary, designated, byPlace } = succession;
  const comeClose = (replica: Member): Step =>
    waitStep(
      'approach',
      replica,
      hasCome(replica),
      input.settings.reasonableMaintenanceLagSeconds * 1000,
      `${replica.name} is close behind ${primary.name}`,
    );
  return [
    { name: 'look', lanes: [lane(primary, noteProgressSteps('look', succession))] },
    {
      name: 'approach',
      lanes: [
        lane(primary, [openSessions(primary, CLOSING_COMMANDS)]),
        lane(designated, [openSessions(designated, 1), ...shutSteps(succession), comeClose(designated)]),
        ...byPlace.map((sibling) => lane(sibling, [comeClose(sibling)], sibling.record.intent.downtime === null)),
      ],
    },
  ];
}

/**
 * Where somebody goes on at the end of the successor's log, that must mean what it has executed of the primary's, and nothing that
 * clients write to it: one that is open is closed before. Where all go by GTID, what it wrote itself is seen, and refused.
 */
function shutSteps(succession: Succession): Step[] {
  const { name, instance } = succession.designated;
  if (!needsPlace(succession) || instance.isReadOnly) return [];
  const withSuper = hasSuperReadOnly(instance);
  const set = (readOnly: boolean, why: string, undo: readonly Step[]): Step =>
    commandStep('approach', succession.designated, { kind: 'set-read-only', readOnly, withSuper }, why, {
      ensures: { kind: 'read-only', readOnly },
      undo,
    });
  return [set(true, `${name} takes no writes of its own`, [set(false, `${name} takes writes, as before`, [])])];
}

/** Clients are refused from the closing on: that is no time for logins. */
const openSessions = (member: Member, count: number): Step =>
  commandStep('approach', member, { kind: 'open-sessions', count }, `no step waits for a login at ${member.name}`);

/** Siblings follow the designated replica before the primary is closed, so that its first commits find acknowledgers. */
export function gatherStage(succession: Succession, early: readonly Member[], input: OperationInput): Stage[] {
  const lanes: readonly Lane[] = early.map((replica) =>
    gtidLane({ replica, destination: succession.designated }, input, true),
  );
  return stageOf('gather', lanes);
}

/**
 * The primary is closed (design §4): nobody can write. It is the closing that proves that no commit is left under way, for a SET of
 * read_only waits for them all; clients' sessions are ended side by side with it, where it does not come about at once, so that none
 * that holds locks or waits for an acknowledgement keeps it open. Where there is no super_read_only, accounts with all privileges are
 * kept out by a global read lock that is held until the successor takes writes; the session of a long query that keeps that waiting is
 * ended likewise. Then it is noted what there is.
 */
export function closeStage(succession: Succession): Stage[] {
  const { primary } = succession;
  const { name, instance } = primary;
  const withSuper = hasSuperReadOnly(instance);
  const close = commandStep(
    'close',
    primary,
    { kind: 'set-read-only', readOnly: true, withSuper },
    `${name} takes no more writes`,
    {
      // What is noted of it next is of a reading that finds it closed.
      deadlineMs: CLOSE_MS,
      undo: [
        commandStep(
          'close',
          primary,
          { kind: 'set-read-only', readOnly: false, withSuper },
          `${name} takes writes again`,
          {
            ensures: { kind: 'read-only', readOnly: false },
          },
        ),
      ],
    },
  );
  const shut = [close, ...holdLockSteps('close', primary)];
  const kill = endSessionsStep(
    'close',
    primary,
    `no client of ${name} keeps it open for more than ${CLOSED_AT_ONCE_MS} ms`,
    {
      deadlineMs: CLOSE_MS,
      unlessDone: { step: (shut.at(-1) ?? close).id, withinMs: CLOSED_AT_ONCE_MS },
    },
  );
  const count = noteWrittenSteps('close', succession);
  return [
    {
      name: 'close',
      isRenewed: true,
      lanes: [lane(primary, [...shut, ...count]), lane(primary, [kill]), ...applyingLanes(succession)],
    },
  ];
}

/** By place the applier is put to rest for a moment (`comeToEndSteps`): whoever goes on with a takeover that was left may find it so. */
const applyingLanes = ({ designated }: Succession): Lane[] => {
  if (!isByPlace(designated)) return [];
  const running: Condition = { kind: 'applier-running' };
  const options = { unless: running, ensures: running };
  const why = `${designated.name} applies what it receives`;
  return [lane(designated, [commandStep('close', designated, { kind: 'start-applier' }, why, options)])];
};

/** The global read lock, where there is no super_read_only. */
export function holdLockSteps(stage: string, primary: Member): Step[] {
  if (hasSuperReadOnly(primary.instance)) return [];
  const release = commandStep(stage, primary, { kind: 'release-read-lock' }, `${primary.name} is unlocked`);
  const why = `not even privileged accounts write to ${primary.name}`;
  return [commandStep(stage, primary, { kind: 'hold-read-lock' }, why, { deadlineMs: CLOSE_MS, undo: [release] })];
}

/** Sessions of clients are ended, those that one look finds. */
export const endSessionsStep = (stage: string, primary: Member, why: string, options: StepOptions = {}): Step =>
  commandStep(stage, primary, { kind: 'kill-client-sessions', isFence: false }, why, options);

/** The successor executes everything the closed primary has written. */
export function catchUpStage({ primary, designated }: Succession): Stage[] {
  const why = `${designated.name} executes everything ${primary.name} has written`;
  const steps = isByPlace(designated)
    ? comeToEndSteps('catch-up', designated, CATCH_UP_MS, why)
    : [waitStep('catch-up', designated, hasWritten(designated), CATCH_UP_MS, why)];
  return [{ name: 'catch-up', lanes: [lane(designated, steps)] }];
}
