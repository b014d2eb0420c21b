import { describe, expect, it } from 'vitest';
import type { ReplicationStatus } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import { isExecutingRelayLog, progressOf } from '../../model/progress.ts';
import { isDrained } from '../../model/received.ts';
import { instanceOf, mariadbReplica, replicationOf } from '../../model/testing/instances.ts';
import type { Step } from '../plan.ts';
import { usesGtid } from './flavour.ts';
import { executeRelayLogSteps, hasExecutedAll, losesRelayLogAtStart, mayRestartReceiver } from './relay-log.ts';
import { drainSteps, moveSteps } from './replica.ts';
import { startApplierSteps, stopReceiverStep } from './threads.ts';
import type { Replica } from './types.ts';

const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
const RUNNING = { state: 'running', errorNumber: 0, errorText: '' } as const;

/** A MariaDB replica by GTID at rest, with four transactions to execute. */
const replica = (changes: Partial<ReplicationStatus> = {}, executedGtid = '0-1-5'): Replica => {
  const at = { receiver: STOPPED, applier: STOPPED, receivedGtid: '0-1-9', ...changes };
  return {
    key: parseKey('b', 3306),
    name: 'b:3306',
    instance: mariadbReplica('b:3306', 'a:3306', { executedGtid }, at),
  };
};
const words = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ action, ensures }) =>
    action.kind === 'command' ? action.command.kind : `${action.kind} ${ensures?.kind ?? ''}`.trim(),
  );

describe('executing a relay log that a start by GTID would throw away', () => {
  it('keeps it by its place, executes it by coordinates, goes back to the former positioning', () => {
    const steps = executeRelayLogSteps('s', replica(), 1_000);
    expect(words(steps)).toEqual([
      'use-relay-log',
      'start-applier',
      'wait has-executed',
      'wait has-read-all',
      'stop-applier',
      'note',
      'use-relay-log',
      'start-applier',
    ]);
    const [keep, , executed] = steps;
    expect(keep?.action).toMatchObject({
      command: { positioning: 'coordinates', coordinates: { kind: 'relaylog', file: 'relay.000001', position: 100 } },
    });
    expect(keep?.requires).toEqual({ kind: 'applier-stopped' });
    expect(executed?.ensures).toEqual({ kind: 'has-executed', gtid: '0-1-9' });
    expect(steps.at(-2)?.action).toMatchObject({
      command: { positioning: 'mariadb-slave-pos' },
      at: 'relay log of b:3306',
    });
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
  });

  it('its way back keeps what is left of it', () => {
    const [keep] = executeRelayLogSteps('s', replica({ positioning: 'mariadb-current-pos' }), 1_000);
    expect(words(keep?.undo ?? [])).toEqual(['note', 'use-relay-log']);
    expect(keep?.undo[1]).toMatchObject({
      action: { command: { positioning: 'mariadb-current-pos' }, at: 'relay log of b:3306' },
      unless: { kind: 'positioned-by', positioning: 'mariadb-current-pos' },
    });
  });

  it('is how a drain begins where the applier rests; the others just start it', () => {
    expect(words(drainSteps('d', replica(), 1_000))[0]).toBe('use-relay-log');
    // The receiver will be silenced by then.
    expect(words(drainSteps('d', replica({ receiver: RUNNING }), 1_000))[0]).toBe('use-relay-log');
    expect(words(drainSteps('d', replica({ applier: RUNNING }), 1_000))).toEqual(['wait drained']);
    expect(
      words(
        drainSteps(
          'd',
          replica({
            positioning: 'coordinates',
            receivedGtid: '',
            applierHasReadAll: false,
            readCoordinates: { kind: 'binlog', file: 'bin.000001', position: 900 },
          }),
          1_000,
        ),
      ),
    ).toEqual(['start-applier', 'wait drained']);
    expect(drainSteps('d', replica({}, '0-1-9'), 1_000)).toEqual([]);
  });

  it('is how an applier starts alone; beside a receiver it starts only while that runs', () => {
    expect(words(startApplierSteps('s', replica(), 'why'))[0]).toBe('use-relay-log');
    const beside = startApplierSteps('s', replica({ receiver: RUNNING }), 'why');
    expect(words(beside)).toEqual(['start-applier']);
    expect(beside[0]?.requires).toEqual({ kind: 'receiver-started' });
    const nothingToLose = startApplierSteps('s', replica({}, '0-1-9'), 'why');
    expect([words(nothingToLose), nothingToLose[0]?.requires]).toEqual([['start-applier'], null]);
    const silenced = stopReceiverStep('s', replica({ receiver: RUNNING, applier: RUNNING }), 'why');
    expect(silenced.undo[0]?.requires).toEqual({ kind: 'applier-running' });
  });

  it('concerns MariaDB by GTID alone', () => {
    expect(losesRelayLogAtStart(replica().instance)).toBe(true);
    expect(losesRelayLogAtStart(replica({ positioning: 'coordinates' }).instance)).toBe(false);
    expect(losesRelayLogAtStart(replica({ positioning: 'oracle-auto' }).instance)).toBe(false);
    expect([hasExecutedAll(replica().instance), hasExecutedAll(replica({}, '0-1-9').instance)]).toEqual([false, true]);
  });
});

describe('a replica that was left in the middle of it', () => {
  const left = (executedGtid: string, changes: Partial<ReplicationStatus> = {}) =>
    replica({ positioning: 'coordinates', ...changes }, executedGtid);

  it('still goes by GTID: it is ranked by what it received, and not drained before all of it is executed', () => {
    expect(isExecutingRelayLog(left('0-1-7').instance)).toBe(true);
    expect(usesGtid(left('0-1-7').instance)).toBe(true);
    expect(progressOf(left('0-1-7').instance)).toMatchObject({ kind: 'mariadb', completeText: '0-1-9' });
    expect(isDrained(left('0-1-7').instance)).toMatchObject({ drained: false, rule: 'not-executed' });
    expect(isDrained(left('0-1-9').instance).drained).toBe(true);
  });

  it('finds its place below another by GTID again', () => {
    const to = { key: parseKey('c', 3306), name: 'c:3306' };
    const change = moveSteps('m', left('0-1-9'), to, true).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.action).toMatchObject({ command: { positioning: 'mariadb-slave-pos' } });
    const ordinary = moveSteps('m', replica(), to, true).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(ordinary?.action).toMatchObject({ command: { positioning: null } });
  });

  it('is not taken for one that goes by coordinates: that one leaves Gtid_IO_Pos behind, or listens', () => {
    expect(isExecutingRelayLog(left('0-1-12').instance)).toBe(false);
    expect(isExecutingRelayLog(left('0-1-7', { receiver: RUNNING }).instance)).toBe(false);
    expect(isExecutingRelayLog(left('0-1-7', { receivedGtid: '' }).instance)).toBe(false);
    expect(progressOf(left('0-1-12').instance).kind).toBe('coordinates');
  });
});

describe('a receiver that is to look at its source again', () => {
  it('is stopped and started beside a resting applier wherever that keeps the relay log: not on MariaDB by GTID', () => {
    const of = (changes: Partial<ReplicationStatus>) => mayRestartReceiver(replica(changes).instance);
    expect([of({}), of({ positioning: 'mariadb-current-pos' }), of({ applier: RUNNING })]).toEqual([
      false,
      false,
      true,
    ]);
    expect(of({ positioning: 'coordinates', receivedGtid: '' })).toBe(true);
    expect(
      mayRestartReceiver(instanceOf('b:3306', { replication: replicationOf('a:3306', { applier: STOPPED }) })),
    ).toBe(true);
  });
});
