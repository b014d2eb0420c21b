import type { ReplicationCredentials } from '../../../model/command.ts';
import type { Condition, Lane, Stage, Step } from '../../plan.ts';
import { commandStep, lane } from '../../steps/build.ts';
import { canMoveReceiverAlone, hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member, OperationInput } from '../input.ts';
import { gtidLane } from '../relocation/gtid.ts';
import { destinationOf } from '../relocation/move.ts';
import { placeLane } from './by-place.ts';
import { type Succession, startsDemoted } from './choose.ts';
import { isClosed } from './confirm.ts';
import { followCommand } from './follow-command.ts';
import { takesOverSemiSync } from './promote.ts';
import { PROMOTED_AT, WRITTEN } from './written.ts';

/**
 * The former primary follows its successor, and so do the siblings that have not moved yet (`late`, by GTID). What fails here is told, not taken back:
 * the successor takes writes already. Siblings that go by place come first: as soon as the former primary follows, its log goes on,
 * and no place in it is the end any more.
 *
 * Siblings that came early stay connected, with semi-sync too: they acknowledge what the successor commits from its first commit on,
 * though they connected before it waited for acknowledgements (measured on MySQL 9.7 and MariaDB 10.11). Connecting anew, MySQL would
 * hear them only when a look of a second at its old connections ends, and every commit would wait for that.
 */
export function followStage(
  succession: Succession,
  late: readonly Member[],
  credentials: ReplicationCredentials,
  input: OperationInput,
): Stage[] {
  const { primary, designated, byPlace } = succession;
  const lanes: Lane[] = [
    ...late.map((replica) => gtidLane({ replica, destination: designated }, input, false)),
    ...byPlace.map((sibling) => placeLane(sibling, succession, input)),
  ];
  const demoted = lane(primary, demoteSteps(succession, credentials, startsDemoted(input)), false);
  if (byPlace.length === 0) return [{ name: 'follow', lanes: [...lanes, demoted] }];
  return [
    { name: 'follow', lanes },
    { name: 'demote', lanes: [demoted] },
  ];
}

/** No step of these has a way back: a former primary must never be opened again by one that failed. */
function demoteSteps(succession: Succession, credentials: ReplicationCredentials, start: boolean): Step[] {
  const { primary, designated } = succession;
  const why = `${primary.name} follows ${designated.name}`;
  const address = destinationOf(designated);
  const source = address.address ?? address.key;
  const isMariadb = primary.instance.version.flavour === 'mariadb';
  const positioning = designated.instance.replication?.positioning ?? (isMariadb ? 'mariadb-slave-pos' : 'oracle-auto');
  const become = commandStep('follow', primary, followCommand(designated, source, positioning, credentials), why, {
    requires: { kind: 'has-no-source' },
    ensures: { kind: 'has-source', source },
    ...(positioning === 'coordinates' ? { at: PROMOTED_AT } : {}),
  });
  const semiSync = semiSyncSteps(succession);
  const replicates = { kind: 'replicating-from', source } as const;
  const begin = (thread: 'start-applier' | 'start-receiver', ensures: Condition): Step =>
    commandStep('follow', primary, { kind: thread }, why, { ensures });
  // MySQL takes a second to stop waiting for acknowledgements, and the successor's commits may wait for this very server: it
  // acknowledges first. Its applier would wait, too, and comes last. Elsewhere no receiver may run without its applier.
  if (start && semiSync.length > 0 && canMoveReceiverAlone(primary.instance)) {
    const [off, ...on] = semiSync;
    const receives = begin('start-receiver', { kind: 'receiver-started' });
    const ways = [...on, become, receives, ...(off === undefined ? [] : [off])];
    return [closedStep(primary), ...unlockSteps(primary), ...ways, begin('start-applier', replicates)];
  }
  const steps = [
    closedStep(primary),
    ...unlockSteps(primary),
    ...semiSync,
    ...(positioning === 'mariadb-slave-pos' ? [positionStep(primary)] : []),
    become,
  ];
  // Historic: without "auto" it is left configured and stopped.
  if (!start) return steps;
  return [...steps, begin('start-applier', { kind: 'applier-running' }), begin('start-receiver', replicates)];
}

/** Whoever goes on with a takeover that was left may find it opened again by people, beside its successor. */
const closedStep = (primary: Member): Step =>
  commandStep(
    'follow',
    primary,
    { kind: 'set-read-only', readOnly: true, withSuper: hasSuperReadOnly(primary.instance) },
    `${primary.name} takes no writes`,
    { unless: isClosed(primary), ensures: isClosed(primary) },
  );

const unlockSteps = (primary: Member): Step[] =>
  hasSuperReadOnly(primary.instance)
    ? []
    : [
        commandStep(
          'follow',
          primary,
          { kind: 'release-read-lock' },
          `${primary.name} is unlocked; it stays read_only`,
        ),
      ];

/** MariaDB counts what a server wrote itself apart from what it replicated: it goes on where its own log ends. */
const positionStep = (primary: Member): Step =>
  commandStep(
    'follow',
    primary,
    { kind: 'set-replica-position', gtid: '' },
    `${primary.name} goes on behind what it has written itself`,
    { at: WRITTEN },
  );

/** The two change their parts: else the former primary's applier would wait for acknowledgements that nobody gives. */
function semiSyncSteps(succession: Succession): Step[] {
  const { primary, designated } = succession;
  if (!takesOverSemiSync(succession)) return [];
  const off = commandStep(
    'follow',
    primary,
    { kind: 'set-semi-sync', side: 'source', enabled: false },
    `${primary.name} waits for nobody, as ${designated.name} did`,
  );
  const acknowledges = designated.instance.semiSync.replicaEnabled && !primary.instance.semiSync.replicaEnabled;
  if (!acknowledges) return [off];
  return [
    off,
    commandStep(
      'follow',
      primary,
      { kind: 'set-semi-sync', side: 'replica', enabled: true },
      `${primary.name} acknowledges, as ${designated.name} did`,
    ),
  ];
}
