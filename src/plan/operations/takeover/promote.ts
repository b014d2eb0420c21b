import type { Stage, Step } from '../../plan.ts';
import { commandStep, lane, noteCompleteStep, noteStep, waitStep } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member } from '../input.ts';
import { isByPlace, needsPlace, type Succession } from './choose.ts';
import { endSessionsStep } from './close.ts';
import { confirmSteps } from './confirm.ts';
import { hasWritten, PROMOTED_AT } from './written.ts';

/** How long it may take to see that nothing was written. */
const UNWRITTEN_MS = 1_000;
/** Clients come first: what is left to do waits for so long, and takes no processor from those that look for the successor. */
const CLIENTS_FIRST_MS = 30;
/** Whoever shall follow does not wait for it longer. */
const SEND_AWAY_MS = 1_000;

/** True when the successor begins to wait for acknowledgements, as the primary did. */
export const takesOverSemiSync = ({ primary, designated }: Succession): boolean =>
  primary.instance.semiSync.sourceEnabled &&
  designated.instance.semiSync.available &&
  !designated.instance.semiSync.sourceEnabled;

/**
 * The successor takes writes: the point of no return. It has everything that the closed primary has written, from which nothing more
 * can come; so it forgets its source only afterwards, and nobody has to wait for that.
 */
export function promoteStage(succession: Succession): Stage[] {
  const { designated } = succession;
  const open = [
    ...(takesOverSemiSync(succession) ? [semiSyncStep(designated)] : []),
    ...confirmSteps(succession),
    openStep(succession),
  ];
  const note = noteStep(
    'promote',
    designated,
    PROMOTED_AT,
    'own',
    `where the log of ${designated.name} stands is noted`,
  );
  // Those who go on there must be told the very place where nothing of its own had been written yet; and where commits wait for
  // acknowledgements once it is open, it may not tell (MariaDB).
  if (needsPlace(succession) || takesOverSemiSync(succession))
    return [{ name: 'promote', lanes: [lane(designated, [note, ...open])] }];
  // For hooks and the history only: whether it tells decides nothing of what comes after.
  return [{ name: 'promote', lanes: [lane(designated, open), { ...lane(designated, [note], false), isAside: true }] }];
}

/**
 * Clients of the former primary that had not to be driven out before are sent to look for the successor; not sooner, for those that
 * write are on their way already, and come through the same machines. But before it is unlocked: a privileged account that waits for
 * the lock would write then.
 */
export function sendAwayStage({ primary, designated }: Succession): Stage[] {
  const why = `clients of ${primary.name} look for ${designated.name}`;
  const away = endSessionsStep('send-away', primary, why, { deadlineMs: SEND_AWAY_MS });
  return [{ name: 'send-away', lanes: [{ ...lane(primary, [away], false), isAside: true }] }];
}

/** The successor forgets its source; told when it fails, for it takes writes already. */
export function forgetStage({ designated }: Succession): Stage[] {
  const why = `${designated.name} is the primary and follows nobody`;
  const steps = [
    commandStep('forget', designated, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } }),
    commandStep('forget', designated, { kind: 'stop-applier' }, why, { ensures: { kind: 'applier-stopped' } }),
    commandStep('forget', designated, { kind: 'forget-source' }, why, {
      requires: hasWritten(designated),
      ensures: { kind: 'has-no-source' },
    }),
  ];
  return [{ name: 'forget', pauseMs: CLIENTS_FIRST_MS, lanes: [lane(designated, steps, false)] }];
}

/**
 * The successor takes writes. When it is not known whether that was obeyed, it is closed again; and only if it has nothing that the
 * former primary lacks, everything before may be taken back.
 */
function openStep({ primary, designated }: Succession): Step {
  const { name, instance } = designated;
  const withSuper = hasSuperReadOnly(instance);
  return commandStep(
    'promote',
    designated,
    { kind: 'set-read-only', readOnly: false, withSuper },
    `${name} takes writes`,
    {
      ensures: { kind: 'read-only', readOnly: false },
      isDestructive: true,
      isPointOfNoReturn: true,
      undo: [
        commandStep(
          'promote',
          designated,
          { kind: 'set-read-only', readOnly: true, withSuper },
          `${name} takes no writes`,
          {
            ensures: { kind: 'read-only', readOnly: true },
          },
        ),
        ...(isByPlace(designated) ? [unwrittenStep(designated)] : lacksNothingSteps(primary, designated)),
      ],
    },
  );
}

/** The former primary has everything that the closed successor has. */
function lacksNothingSteps(primary: Member, designated: Member): Step[] {
  const note = `what ${designated.name} has after all`;
  const why = `${designated.name} has taken no write that ${primary.name} lacks`;
  return [
    noteCompleteStep('promote', designated, note, '', `what ${designated.name} has is noted`),
    waitStep('promote', primary, { kind: 'has-executed', gtid: { note } }, UNWRITTEN_MS, why),
  ];
}

/** The log of the closed successor still ends where it did. */
const unwrittenStep = (designated: Member): Step =>
  waitStep(
    'promote',
    designated,
    { kind: 'own-log-ends-at', place: { note: PROMOTED_AT } },
    UNWRITTEN_MS,
    `${designated.name} has taken no write`,
  );

const semiSyncStep = (designated: Member): Step => {
  const set = (enabled: boolean, why: string, undo: readonly Step[]): Step =>
    commandStep('promote', designated, { kind: 'set-semi-sync', side: 'source', enabled }, why, { undo });
  const back = set(false, `${designated.name} waits for nobody, as before`, []);
  return set(true, `${designated.name} waits for acknowledgements as the primary did`, [back]);
};
