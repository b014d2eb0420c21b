import { describe, expect, it } from 'vitest';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import { commandStep, lane } from '../../plan/steps/build.ts';
import type { OperationRecord } from '../ports.ts';
import { changedSince, ringAhead, type StandingDeps, standingOf } from './standing.ts';

const key = (name: string): InstanceKey => parseKey(`${name}:3306`, 3306);

/** A plan by which `server` comes below `source`. */
const moving = (server: string, source: string): OperationPlan => ({
  kind: 'plan',
  purpose: `move ${server} below ${source}`,
  clusterName: 'c',
  reasons: [],
  stages: [
    {
      name: 'move',
      lanes: [lane({ key: key(server) }, [commandStep('move', { key: key(server) }, { kind: 'start-receiver' }, '')])],
    },
  ],
  locks: [key(server)],
  effects: [{ kind: 'source', server: key(server), source: key(source) }],
  moved: [key(server)],
  subject: key(server),
  method: 'gtid',
});

const open = (plan: OperationPlan): OperationRecord => ({
  uid: plan.purpose,
  clusterName: 'c',
  purpose: plan.purpose,
  requestedBy: 'me',
  owner: 'o',
  requestJson: '{}',
  planJson: JSON.stringify(plan),
  journalJson: '{}',
  maintenanceIds: [],
  startedAtMs: 1,
});

/** Sources by name; `really` is what reading finds out. */
function scene(known: Record<string, string>, really: Record<string, string> = {}, others: OperationPlan[] = []) {
  const now = { ...known };
  const deps: StandingDeps = {
    recordOf: ({ hostname, port }) => {
      const source = now[hostname];
      const name = formatKey({ hostname, port });
      return recordOf(instanceOf(name, source === undefined ? {} : { replication: replicationOf(`${source}:3306`) }));
    },
    async readNow({ hostname }) {
      const source = really[hostname];
      if (source !== undefined) now[hostname] = source;
      return true;
    },
    readOpen: async () => others.map(open),
  };
  return deps;
}

const TREE = { a: 'top', b: 'top', c: 'b' };

describe('a plan whose servers are locked', () => {
  it('is about a topology that is no more when one of them was moved meanwhile', async () => {
    const deps = scene(TREE, { a: 'c' });
    const plan = moving('a', 'b');
    expect(await changedSince(plan, standingOf(plan, deps), deps)).toBe(
      'a:3306 replicates from c:3306 (oracle-auto) now, it was otherwise when this was planned (replicates from top:3306 (oracle-auto)); ask again',
    );
  });

  it('is as good as it was when nothing happened', async () => {
    const deps = scene(TREE);
    const plan = moving('a', 'b');
    expect(await changedSince(plan, standingOf(plan, deps), deps)).toBeNull();
  });
});

describe('a ring that two operations would make together', () => {
  const askRing = (plan: OperationPlan, deps: StandingDeps) => ringAhead(plan, 'own', standingOf(plan, deps), deps);

  it('is seen while the other is under way, also further up', async () => {
    const plan = moving('a', 'c');
    expect(await askRing(plan, scene(TREE, {}, [moving('b', 'a')]))).toBe(
      'a:3306 cannot come below c:3306: that is about to be (move b below a is under way or unfinished)',
    );
    expect(await askRing(moving('b', 'a'), scene(TREE, {}, [plan]))).toMatch(/^b:3306 cannot come below a:3306/);
  });

  it('is seen when the other was done after the reading', async () => {
    const deps = scene(TREE, { b: 'a' });
    expect(await askRing(moving('a', 'b'), deps)).toBe('a:3306 cannot come below b:3306: that is below it now');
  });

  it('is not seen in operations that have nothing to do with each other', async () => {
    expect(await askRing(moving('a', 'b'), scene(TREE, {}, [moving('c', 'top')]))).toBeNull();
    expect(await askRing(moving('a', 'b'), scene(TREE, {}, [moving('x', 'a')]))).toBeNull();
  });

  it('is none when a server and its replica are made co-primaries, which was known when that was planned', async () => {
    const deps = scene({ a: 'top' }, {}, [moving('x', 'y')]);
    expect(await askRing(moving('top', 'a'), deps)).toBeNull();
  });
});
