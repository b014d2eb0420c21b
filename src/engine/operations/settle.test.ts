import { describe, expect, it } from 'vitest';
import type { ThreadState } from '../../model/instance.ts';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { createHurriedClock } from '../testing/clocks.ts';
import { awaitReplicating, replicatingOf } from './settle.ts';

const key = (name: string): InstanceKey => parseKey(`${name}:3306`, 3306);

/** Per server, the states of the receiver that one reading after another shows; the last one stays. null: no answer. */
function scene(receivers: Record<string, readonly (ThreadState | null)[]>, sourceFailure: string | null = null) {
  const readings = new Map<string, number>();
  const stateOf = (name: string): ThreadState | null => {
    const states = receivers[name] ?? [];
    return states[Math.min(readings.get(name) ?? 0, states.length - 1)] ?? null;
  };
  const clock = createHurriedClock();
  return {
    readings,
    tookMs: clock.monotonicMs,
    deps: {
      clock,
      recordOf({ hostname, port }: InstanceKey) {
        if (hostname === 'source') {
          const source = recordOf(instanceOf('source:3306'));
          return { ...source, check: { ...source.check, failure: sourceFailure } };
        }
        const replication = replicationOf('source:3306');
        const state = stateOf(hostname) ?? 'stopped';
        const name = formatKey({ hostname, port });
        return recordOf(
          instanceOf(name, { replication: { ...replication, receiver: { ...replication.receiver, state } } }),
        );
      },
      async readNow({ hostname }: InstanceKey) {
        readings.set(hostname, (readings.get(hostname) ?? 0) + 1);
        return stateOf(hostname) !== null;
      },
    },
  };
}

const { signal } = new AbortController();

describe('after something was taken back', () => {
  it('the servers are read until their receivers have connected again', async () => {
    const { deps, readings } = scene({ a: ['other', 'other', 'running'], b: ['running'] });
    await awaitReplicating([key('a'), key('b')], deps, signal);
    expect(Object.fromEntries(readings)).toEqual({ a: 2 });
  });

  it('one that stays away is given three seconds, and one that does not answer none', async () => {
    const { deps, readings, tookMs } = scene({ a: ['other'], b: ['other', null] });
    await awaitReplicating([key('a'), key('b')], deps, signal);
    expect(readings.get('b')).toBe(1);
    expect(tookMs()).toBe(3_000);
  });

  it('one whose source is dead is not waited for', async () => {
    const { deps, readings } = scene({ a: ['other'] }, 'refused');
    await awaitReplicating([key('a')], deps, signal);
    expect(readings.size).toBe(0);
  });

  it('nothing is waited for once that is called off', async () => {
    const { deps, readings } = scene({ a: ['other'] });
    await awaitReplicating([key('a')], deps, AbortSignal.abort());
    expect(readings.size).toBe(0);
  });

  it('only those that replicated before count', () => {
    const { deps } = scene({ a: ['running'], b: ['other'], c: ['stopped'] });
    expect(replicatingOf(['a', 'b', 'c'].map(key), deps)).toEqual([key('a')]);
  });
});
