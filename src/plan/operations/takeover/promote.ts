import type { Stage, Step } from '../../plan.ts';
import { commandStep, lane, noteCompleteStep, noteStep, waitStep } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member } from '../input.ts';
import type { Succession } from './choose.ts';
import { WRITTEN } from './close.ts';

/** The note of where the successor's own log stands when it begins to take writes. */
export const PROMOTED_AT = 'where the successor begins';

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
  const open = [...(takesOverSemiSync(succession) ? [semiSyncStep(designated)] : []), openStep(succession)];
  const note = noteStep(
    'promote',
    designated,
    PROMOTED_AT,
    'own',
    `where the log of ${designated.name} stands is noted`,
  );
  return [{ name: 'promote', lanes: [lane(designated, open), lane(designated, [note], false)] }];
}

/** The successor forgets its source; told when it fails, for it takes writes already. */
export function forgetStage({ designated }: Succession): Stage[] {
  const why = `${designated.name} is the primary and follows nobody`;
  const steps = [
    commandStep('forget', designated, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } }),
    commandStep('forget', designated, { kind: 'stop-applier' }, why, { ensures: { kind: 'applier-stopped' } }),
    commandStep('forget', designated, { kind: 'forget-source' }, why, {
      requires: { kind: 'has-executed', gtid: { note: WRITTEN } },
      ensures: { kind: 'has-no-source' },
    }),
  ];
  return [{ name: 'forget', lanes: [lane(designated, steps, false)] }];
}

/**
 * The successor takes writes. When it is not known whether that was obeyed, it is closed again; and only if it has nothing that the
 * former primary lacks, everything before may be taken back.
 */
function openStep({ primary, designated }: Succession): Step {
  const { name, instance } = designated;
  const withSuper = hasSuperReadOnly(instance);
  const note = `what ${name} has after all`;
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
        noteCompleteStep('promote', designated, note, '', `what ${name} has is noted`),
        waitStep(
          'promote',
          primary,
          { kind: 'has-executed', gtid: { note } },
          1_000,
          `${name} has taken no write that ${primary.name} lacks`,
        ),
      ],
    },
  );
}

const semiSyncStep = (designated: Member): Step => {
  const set = (enabled: boolean, why: string, undo: readonly Step[]): Step =>
    commandStep('promote', designated, { kind: 'set-semi-sync', side: 'source', enabled }, why, { undo });
  const back = set(false, `${designated.name} waits for nobody, as before`, []);
  return set(true, `${designated.name} waits for acknowledgements as the primary did`, [back]);
};
