import type { Lane, Stage, Step } from '../../plan.ts';
import type { StepOptions } from '../../steps/build.ts';
import { commandStep, lane, noteCompleteStep, stageOf, waitStep } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member, OperationInput } from '../input.ts';
import { gtidLane } from '../relocation/gtid.ts';
import type { Succession } from './choose.ts';

/** The note of what the closed primary has. */
export const WRITTEN = 'everything the primary has written';
/** Longer than this nobody waits with the primary closed: it is opened again. */
const CATCH_UP_MS = 10_000;
/** What is sent to the primary side by side, or held: its closing, the lock, the ends of sessions. */
const CLOSING_COMMANDS = 3;
/** A fence that takes longer has failed. */
const CLOSE_MS = 3_000;

/**
 * The designated replica comes close before anybody is refused: what the primary has written by now is executed there.
 */
export function approachStage({ primary, designated }: Succession, input: OperationInput): Stage[] {
  const note = 'what the primary had written before';
  return [
    {
      name: 'look',
      lanes: [
        lane(primary, [noteCompleteStep('look', primary, note, '', `what ${primary.name} has written is noted`)]),
      ],
    },
    {
      name: 'approach',
      lanes: [
        lane(primary, [openSessions(primary, CLOSING_COMMANDS)]),
        lane(designated, [
          openSessions(designated, 1),
          waitStep(
            'approach',
            designated,
            { kind: 'has-executed', gtid: { note } },
            input.settings.reasonableMaintenanceLagSeconds * 1000,
            `${designated.name} is close behind ${primary.name}`,
          ),
        ]),
      ],
    },
  ];
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
 * kept out by a global read lock that is held until the successor takes writes; a long query would keep that waiting, too. Then it is
 * noted what there is.
 */
export function closeStage({ primary }: Succession): Stage[] {
  const { name, instance } = primary;
  const withSuper = hasSuperReadOnly(instance);
  const close = commandStep(
    'close',
    primary,
    { kind: 'set-read-only', readOnly: true, withSuper },
    `${name} takes no more writes`,
    {
      ensures: { kind: 'read-only', readOnly: true },
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
  const release = commandStep('close', primary, { kind: 'release-read-lock' }, `${name} is unlocked`);
  const hold = commandStep(
    'close',
    primary,
    { kind: 'hold-read-lock' },
    `not even privileged accounts write to ${name}`,
    { deadlineMs: CLOSE_MS, undo: [release] },
  );
  const kill = endSessionsStep('close', primary, `no client of ${name} keeps it open`, {
    deadlineMs: CLOSE_MS,
    ...(withSuper ? { unless: { kind: 'read-only', readOnly: true } } : {}),
  });
  const count = noteCompleteStep('close', primary, WRITTEN, '', `what ${name} has written is noted`);
  return [
    { name: 'close', lanes: [lane(primary, [close, ...(withSuper ? [] : [hold]), count]), lane(primary, [kill])] },
  ];
}

/** Sessions of clients are ended, those that one look finds. */
export const endSessionsStep = (stage: string, primary: Member, why: string, options: StepOptions = {}): Step =>
  commandStep(stage, primary, { kind: 'kill-client-sessions', isFence: false }, why, options);

/** The successor executes everything the closed primary has written. */
export function catchUpStage({ primary, designated }: Succession): Stage[] {
  const why = `${designated.name} executes everything ${primary.name} has written`;
  const caughtUp = waitStep(
    'catch-up',
    designated,
    { kind: 'has-executed', gtid: { note: WRITTEN } },
    CATCH_UP_MS,
    why,
  );
  return [{ name: 'catch-up', lanes: [lane(designated, [caughtUp])] }];
}
