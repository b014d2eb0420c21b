import { describe, expect, it } from 'vitest';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { MarkerWriteOutcome } from '../ports/binlog.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createInjection, type InjectionDeps, takesEntries } from './injection.ts';
import { createMarkedClusters, MARKED_FOR_MS } from './marked-clusters.ts';

const forgetfulMarks = { register: async () => undefined, readSince: async () => [] };
const REPLICAS = [{ hostname: 'b', port: 3306 }];
const primary = (changes: Parameters<typeof instanceOf>[1] = {}, position = {}) =>
  recordOf(instanceOf('a:3306', changes), { position: { clusterName: 'a:3306', replicas: REPLICAS, ...position } });

describe('takesEntries', () => {
  it.each([
    ['a writable primary with a replica', primary(), true],
    ['a read-only one', primary({ isReadOnly: true }), false],
    ['one in offline mode', primary({ isOfflineMode: true }), false],
    ['one without binary log', primary({ binlogEnabled: false }), false],
    ['one without replicas, maybe an old primary that came back', primary({}, { replicas: [] }), false],
    ['a writable replica', primary({ replication: replicationOf('z:3306') }), false],
    ['a writable co-primary', primary({ replication: replicationOf('z:3306') }, { isCoPrimary: true }), true],
    ['one that did not answer', recordOf(primary().instance as never, { check: { failure: 'gone' } }), false],
  ])('%s', (_what, record, expected) => expect(takesEntries(record)).toBe(expected));
});

describe('injection', () => {
  const clock = createStillClock(0, 1_700_000_000_000);

  function start(answer: MarkerWriteOutcome, changes: Partial<InjectionDeps> = {}) {
    const sent: string[] = [];
    const marked = createMarkedClusters({ clock, store: forgetfulMarks });
    const injection = createInjection({
      writer: {
        write: async (_instance, statement) => {
          sent.push(statement);
          return answer;
        },
      },
      leadership: { isLeader: () => true, remainingMs: () => 1_000 },
      marked,
      clock,
      logger: SILENT,
      records: () => [primary()],
      isHandsOff: () => false,
      randomHex: () => 'c7b8154ff5c3c6d8',
      ...changes,
    });
    return { sent, marked, injection };
  }

  it('writes ascending entries and marks the cluster for an hour', async () => {
    const { sent, marked, injection } = start({ kind: 'written' });
    await injection.run();
    clock.pass(5_000);
    await injection.run();
    expect(sent).toHaveLength(2);
    expect(sent.toSorted()).toEqual(sent);
    expect(marked.has('a:3306')).toBe(true);
    clock.pass(MARKED_FOR_MS);
    expect(marked.has('a:3306')).toBe(false);
  });

  it('writes nothing without leadership, and nothing to a server that is to be left alone', async () => {
    const follower = start({ kind: 'written' }, { leadership: { isLeader: () => false, remainingMs: () => 0 } });
    await follower.injection.run();
    const deposed = start({ kind: 'written' }, { isHandsOff: (record) => record.key.hostname === 'a' });
    await deposed.injection.run();
    expect([...follower.sent, ...deposed.sent]).toEqual([]);
  });

  it('asks a primary without the grant again after a minute, and marks nothing', async () => {
    const { sent, marked, injection } = start({
      kind: 'failed',
      failure: { kind: 'answered', errorNumber: 1142, message: 'a:3306 answered error 1142' },
    });
    await injection.run();
    clock.pass(30_000);
    await injection.run();
    expect(sent).toHaveLength(1);
    clock.pass(30_000);
    await injection.run();
    expect(sent).toHaveLength(2);
    expect(marked.has('a:3306')).toBe(false);
  });
});

describe('marked clusters', () => {
  it('are also those that another node has marked, from the next refresh on', async () => {
    const marked = createMarkedClusters({
      clock: createStillClock(),
      store: { register: async () => undefined, readSince: async (seconds) => (seconds === 3_600 ? ['b:3306'] : []) },
    });
    expect(marked.has('b:3306')).toBe(false);
    await marked.refresh();
    expect(marked.has('b:3306')).toBe(true);
    expect(marked.has('c:3306')).toBe(false);
  });
});
