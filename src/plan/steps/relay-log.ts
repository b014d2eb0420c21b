import type { Instance } from '../../model/instance.ts';
import { usesMariadbGtid } from '../../model/instance.ts';
import { isDrained } from '../../model/received.ts';
import type { Step } from '../plan.ts';
import { commandStep, noteStep, waitStep } from './build.ts';
import type { Replica } from './types.ts';

/**
 * MariaDB by GTID throws its relay log away when either thread starts while the other one rests, whichever it is and whatever their
 * order (measured on 10.11, source alive, frozen and dead). By coordinates it does not; MySQL never does.
 */
export const losesRelayLogAtStart = (instance: Instance): boolean => usesMariadbGtid(instance);

/**
 * True when its receiver may be stopped, and started again, without a loss: where a start throws the relay log away, only beside a running
 * applier. By file and position MariaDB keeps it beside a resting one as well (measured on 10.11: 200 rows waiting, source alive, frozen
 * and dead; by GTID all of them were lost each time).
 */
export const mayRestartReceiver = (instance: Instance): boolean =>
  !losesRelayLogAtStart(instance) || instance.replication?.applier.state === 'running';

/** True when its applier may be started as it is: where a start throws the relay log away, beside a started receiver, or with nothing left. */
export function mayStartApplier(instance: Instance): boolean {
  const state = instance.replication?.receiver.state;
  return !losesRelayLogAtStart(instance) || state === 'running' || state === 'other' || hasExecutedAll(instance);
}

/** Everything received is executed, were the receiver stopped. */
export function hasExecutedAll(instance: Instance): boolean {
  const { replication } = instance;
  if (replication === null) return true;
  const receiver = { ...replication.receiver, state: 'stopped' as const };
  return isDrained({ ...instance, replication: { ...replication, receiver } }).drained;
}

/**
 * A MariaDB replica by GTID with both threads stopped executes its relay log all the same: by coordinates it keeps it. Afterwards it
 * is positioned as before, and its applier runs. `first` is done before it starts. Undone with what is left of the relay log kept.
 */
export function executeRelayLogSteps(
  stage: string,
  replica: Replica,
  deadlineMs: number,
  first: readonly Step[] = [],
): Step[] {
  const { name } = replica;
  const { replication } = replica.instance;
  if (replication === null) return [];
  const { positioning, relayCoordinates: coordinates, receivedGtid } = replication;
  const within = `${stage} relay-log`;
  const note = `relay log of ${name}`;
  const why = `${name} executes what its relay log holds, which a start by GTID would throw away`;
  const noted = noteStep(stage, replica, note, 'relay', `where ${name} stands in its relay log is noted`);
  const stop = (id: string, says: string): Step =>
    commandStep(id, replica, { kind: 'stop-applier' }, says, { ensures: { kind: 'applier-stopped' } });
  const back = commandStep(
    stage,
    replica,
    { kind: 'use-relay-log', positioning, coordinates },
    `${name} positions itself as before`,
    { at: note, ensures: { kind: 'positioned-by', positioning } },
  );
  return [
    commandStep(within, replica, { kind: 'use-relay-log', positioning: 'coordinates', coordinates }, why, {
      requires: { kind: 'applier-stopped' },
      ensures: { kind: 'positioned-by', positioning: 'coordinates' },
      undo: [noted, { ...back, unless: back.ensures }],
    }),
    ...first,
    commandStep(within, replica, { kind: 'start-applier' }, why, {
      ensures: { kind: 'applier-running' },
      undo: [stop(within, `${name} applies no more, as before`)],
    }),
    waitStep(within, replica, { kind: 'has-executed', gtid: receivedGtid }, deadlineMs, why),
    waitStep(within, replica, { kind: 'has-read-all' }, deadlineMs, why),
    stop(within, `${name} comes to rest with everything executed`),
    noted,
    back,
    commandStep(stage, replica, { kind: 'start-applier' }, `${name} applies again`, {
      ensures: { kind: 'applier-running' },
      undo: [stop(stage, `${name} applies no more, as before`)],
    }),
  ];
}
