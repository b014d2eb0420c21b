import type { ServerCommand } from '../../model/command.ts';
import { formatKey, isDetachedKey, sameKey } from '../../model/instance-key.ts';
import { isExecutingRelayLog } from '../../model/progress.ts';
import { isDrained } from '../../model/received.ts';
import type { Condition, Step } from '../plan.ts';
import { commandStep, noteCompleteStep, waitStep } from './build.ts';
import { canMoveReceiverAlone } from './flavour.ts';
import { executeRelayLogSteps, losesRelayLogAtStart } from './relay-log.ts';
import { isApplying, startApplierSteps, stopDrainedApplierStep, stopReceiverStep } from './threads.ts';
import type { Destination, Replica } from './types.ts';

/** A way back does not wait longer than this for what is to be executed first. */
const UNDO_DRAIN_MS = 10_000;

/** The steps after which everything the replica received is executed; its receiver is stopped before or by them. */
export function drainSteps(stage: string, replica: Replica, deadlineMs: number): Step[] {
  const { instance, name } = replica;
  const { replication } = instance;
  if (replication === null || (isDrained(instance).drained && replication.receiver.state === 'stopped')) return [];
  const executed = waitStep(
    stage,
    replica,
    { kind: 'drained' },
    deadlineMs,
    `${name} executes everything it has received`,
  );
  if (replication.applier.state !== 'running' && losesRelayLogAtStart(instance)) {
    return [...executeRelayLogSteps(stage, replica, deadlineMs), executed];
  }
  const steps: Step[] = [];
  const isDelayed = replication.delaySeconds > 0 && canMoveReceiverAlone(instance);
  const lift = `the delay of ${name} is lifted`;
  if (isDelayed) {
    // A change of the source with both threads at rest deletes the relay log (seen on 9.7: all rows lost): the receiver must be
    // started for it, though nobody answers it.
    steps.push(
      commandStep(stage, replica, { kind: 'start-receiver' }, lift, { ensures: { kind: 'receiver-started' } }),
      commandStep(stage, replica, { kind: 'stop-applier' }, lift, { ensures: { kind: 'applier-stopped' } }),
      commandStep(stage, replica, { kind: 'set-delay', seconds: 0 }, lift, { requires: { kind: 'receiver-started' } }),
    );
  }
  if (replication.applier.state !== 'running' || isDelayed) {
    steps.push(commandStep(stage, replica, { kind: 'start-applier' }, `${name} must execute what it has received`));
  }
  if (isDelayed) {
    steps.push(commandStep(stage, replica, { kind: 'stop-receiver' }, lift, { ensures: { kind: 'receiver-stopped' } }));
  }
  steps.push(executed);
  return steps;
}

/** Both threads come to rest with everything received executed, so that no relay log is thrown away by what follows. */
export function restSteps(stage: string, replica: Replica, deadlineMs: number, why: string): Step[] {
  // A receiver may be stopped and started only beside a running applier on MariaDB: the applier first.
  return [
    ...startApplierSteps(stage, replica, why, deadlineMs),
    stopReceiverStep(stage, replica, why),
    waitStep(stage, replica, { kind: 'drained' }, deadlineMs, `${replica.name} executes everything it has received`),
    stopDrainedApplierStep(stage, isApplying(replica.instance) ? replica : applying(replica), why),
  ];
}

/** The same replica as it is once its applier was started. */
const applying = (replica: Replica): Replica => {
  const { replication } = replica.instance;
  if (replication === null) return replica;
  return {
    ...replica,
    instance: {
      ...replica.instance,
      replication: { ...replication, applier: { ...replication.applier, state: 'running' } },
    },
  };
};

/**
 * The address (and positioning) of a replica's source is changed. Undone by changing it back: nothing that was received is lost
 * either way, since what precedes has drained it, or the relay log stays (receiver alone).
 */
export function changeSourceStep(stage: string, replica: Replica, to: Destination, receiverOnly: boolean): Step {
  const { replication } = replica.instance;
  const why = `${replica.name} follows ${to.name}`;
  const command: ServerCommand = {
    kind: 'change-source',
    source: to.address ?? to.key,
    receiverOnly,
    positioning: to.positioning ?? null,
    credentials: null,
    ...(to.at === undefined || 'note' in to.at.there ? {} : { coordinates: to.at.there }),
  };
  // With both at rest the relay log would go; a receiver that still ran would be refused by the server itself.
  const requires: Condition = { kind: receiverOnly ? 'applier-running' : 'receiver-stopped' };
  const homeNote = to.at?.home ?? to.home;
  const isPositioned = to.at !== undefined || (to.positioning ?? null) !== null;
  const home: ServerCommand | null =
    replication === null
      ? null
      : {
          kind: 'change-source',
          source: replication.configuredSource,
          receiverOnly,
          positioning: isPositioned ? replication.positioning : null,
          credentials: null,
        };
  const back =
    home === null
      ? []
      : [
          ...levelAtHomeSteps(stage, replica, to),
          commandStep(stage, replica, home, `${replica.name} has its source back`, {
            requires,
            ...(homeNote === undefined || replication?.positioning !== 'coordinates' ? {} : { at: homeNote }),
          }),
        ];
  return commandStep(stage, replica, command, why, {
    requires,
    undo: back,
    ...(to.at !== undefined && 'note' in to.at.there ? { at: to.at.there.note } : {}),
  });
}

/**
 * MariaDB refuses (1236) a replica that is ahead of its source, and what a replica got at its new source the former one may not have
 * yet: it waits for that before it goes back. Not where it is, or was, detached: no server bears that name.
 */
function levelAtHomeSteps(stage: string, replica: Replica, to: Destination): Step[] {
  const { replication, version } = replica.instance;
  if (version.flavour !== 'mariadb' || replication === null || replication.positioning === 'coordinates') return [];
  if ([to.address ?? to.key, replication.source].some(isDetachedKey) || sameKey(replication.source, to.key)) return [];
  const note = `what ${replica.name} has when it goes back`;
  const home = formatKey(replication.source);
  return [
    noteCompleteStep(stage, replica, note, '', `what ${replica.name} has is noted`),
    waitStep(
      `${stage} ${replica.name}`,
      { key: replication.source },
      { kind: 'has-executed', gtid: { note } },
      UNDO_DRAIN_MS,
      `${home} has everything that ${replica.name} has`,
    ),
  ];
}

/**
 * The steps that make one server follow another by GTID. MySQL 5.7 and later: the receiver only, the applier is never stopped.
 * MariaDB and 5.6: both stopped (after a drain), and then the applier is started alone, before the receiver (design §4).
 * The receiver must be stopped before, and on MariaDB and 5.6 the replica drained.
 */
export function moveSteps(stage: string, replica: Replica, to: Destination, start: boolean): Step[] {
  const why = `${replica.name} follows ${to.name}`;
  const begin = start ? [startReceiverStep(stage, replica, to)] : [];
  if (canMoveReceiverAlone(replica.instance)) {
    return [...startApplierSteps(stage, replica, why), changeSourceStep(stage, replica, to, true), ...begin];
  }
  // One that was left executing its relay log by coordinates goes by GTID again.
  const positioning = to.positioning ?? (isExecutingRelayLog(replica.instance) ? 'mariadb-slave-pos' : null);
  return [
    stopDrainedApplierStep(stage, replica, why),
    changeSourceStep(stage, replica, { ...to, positioning }, false),
    startAppliedStep(stage, replica, why),
    ...begin,
  ];
}

/** The applier of a replica at rest starts, alone and first. Undone by draining and stopping it again. */
export function startAppliedStep(stage: string, replica: Replica, why: string): Step {
  return commandStep(stage, replica, { kind: 'start-applier' }, why, {
    ensures: { kind: 'applier-running' },
    undo: [
      waitStep(
        stage,
        replica,
        { kind: 'drained' },
        UNDO_DRAIN_MS,
        `${replica.name} executes everything it has received`,
      ),
      commandStep(stage, replica, { kind: 'stop-applier' }, `${replica.name} comes to rest`, {
        requires: { kind: 'drained' },
        ensures: { kind: 'applier-stopped' },
      }),
    ],
  });
}

/** The receiver starts and must come to replicate from the destination. Undone by stopping it. */
export function startReceiverStep(stage: string, replica: Replica, to: Destination): Step {
  return commandStep(stage, replica, { kind: 'start-receiver' }, `${replica.name} follows ${to.name}`, {
    ensures: { kind: 'replicating-from', source: to.address ?? to.key },
    undo: [
      commandStep(stage, replica, { kind: 'stop-receiver' }, `${replica.name} does not follow ${to.name} after all`, {
        ensures: { kind: 'receiver-stopped' },
      }),
    ],
  });
}
