import type { ReplicationCredentials } from '../../../model/command.ts';
import type { Lane, Stage, Step } from '../../plan.ts';
import { commandStep, lane } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member, OperationInput } from '../input.ts';
import { gtidLane } from '../relocation/gtid.ts';
import { destinationOf } from '../relocation/move.ts';
import { type Succession, startsDemoted } from './choose.ts';
import { endSessionsStep, WRITTEN } from './close.ts';
import { followCommand } from './follow-command.ts';
import { takesOverSemiSync } from './promote.ts';

/** Siblings that moved before the primary was closed, and those that stayed for their acknowledgements. */
export interface Followers {
  readonly early: readonly Member[];
  readonly late: readonly Member[];
}

/**
 * The former primary follows its successor, and so do the siblings that have not moved yet. What fails here is told, not taken back:
 * the successor takes writes already.
 */
export function followStage(
  succession: Succession,
  { early, late }: Followers,
  credentials: ReplicationCredentials,
  input: OperationInput,
): Stage[] {
  const { primary, designated } = succession;
  const acknowledging = takesOverSemiSync(succession)
    ? early.filter((one) => one.instance.semiSync.replicaEnabled)
    : [];
  const lanes: Lane[] = [
    ...acknowledging.map((replica) => lane(replica, reconnectSteps(replica, designated), false)),
    ...late.map((replica) => gtidLane({ replica, destination: designated }, input, false)),
    // Whoever had not to be driven out before is sent to look for the successor.
    ...(hasSuperReadOnly(primary.instance)
      ? [
          lane(
            primary,
            [endSessionsStep('follow', primary, `clients of ${primary.name} look for ${designated.name}`)],
            false,
          ),
        ]
      : []),
    lane(primary, demoteSteps(succession, credentials, startsDemoted(input)), false),
  ];
  return [{ name: 'follow', lanes }];
}

/** A replica that connected before its source waited for acknowledgements gives none until it connects anew. */
function reconnectSteps(replica: Member, designated: Member): Step[] {
  const why = `${replica.name} acknowledges what ${designated.name} commits`;
  const { address, key } = destinationOf(designated);
  return [
    commandStep('follow', replica, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } }),
    commandStep('follow', replica, { kind: 'start-receiver' }, why, {
      ensures: { kind: 'replicating-from', source: address ?? key },
    }),
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
  });
  const steps = [
    ...unlockSteps(primary),
    ...semiSyncSteps(succession),
    ...(positioning === 'mariadb-slave-pos' ? [positionStep(primary)] : []),
    become,
  ];
  // Historic: without "auto" it is left configured and stopped.
  if (!start) return steps;
  return [
    ...steps,
    commandStep('follow', primary, { kind: 'start-applier' }, why, { ensures: { kind: 'applier-running' } }),
    commandStep('follow', primary, { kind: 'start-receiver' }, why, { ensures: { kind: 'replicating-from', source } }),
  ];
}

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
