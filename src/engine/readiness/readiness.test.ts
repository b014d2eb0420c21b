import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { readinessInput } from '../../plan/testing/readiness-scene.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createEmitter } from '../basis/emitter.ts';
import { createFleet } from '../fleet/fleet.ts';
import { NOTHING_DECIDED, type RecoveryRecord } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import type { LiveEvent } from '../use-cases.ts';
import { createReadiness, type ReadinessDeps } from './readiness.ts';

const PRIMARY = 'p:3306';
const replica = (name: string, executed: number, received = executed) =>
  instanceOf(name, {
    serverId: 2,
    isReadOnly: true,
    executedGtid: `${uuidOf(1)}:1-${executed}`,
    replication: replicationOf(PRIMARY, { receivedGtid: `${uuidOf(1)}:1-${received}` }),
  });

const BLOCKING = {
  key: parseKey('old:3306', 3306),
  analysis: 'DeadMaster',
  clusterName: 'old:3306',
  successor: parseKey(PRIMARY, 3306),
  startedAt: '2026-01-02 03:04:05',
  endedAt: '2026-01-02 03:04:06',
  endActivePeriodUnixtime: 0,
} as RecoveryRecord;

/** A fleet of one primary and two replicas, and its readiness; `state` is what the test turns. */
function scene() {
  const clock = createSystemClock();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const state = { isDowntimed: false, blocking: [] as RecoveryRecord[], failure: null as string | null, reads: 0 };
  const events: LiveEvent[] = [];
  const live = createEmitter<LiveEvent>((thrown) => {
    throw thrown;
  });
  live.listen((event) => void (event.kind === 'readiness' && events.push(event)));
  const { switches, settings } = readinessInput();
  const deps: ReadinessDeps = {
    fleet,
    clock,
    logger: SILENT,
    store: {
      async readRecoveries({ page }) {
        state.reads += 1;
        return page === 0 ? state.blocking : [];
      },
    },
    switchesOf: () => ({ ...switches, isDowntimed: state.isDowntimed }),
    backendFailure: () => state.failure,
    readNow: null,
    live,
  };
  const recoveries = { ...settings.failover, hearing: { graces: settings.graces } };
  const hookLists = { OnFailureDetectionProcesses: [], PreFailoverProcesses: [] };
  const given = { analysis: settings.analysis, recoveries, hookLists } as unknown as Parameters<
    typeof createReadiness
  >[1];
  const readiness = createReadiness(deps, given);
  fleet.answered(instanceOf(PRIMARY, { executedGtid: `${uuidOf(1)}:1-10` }));
  for (const name of ['a:3306', 'b:3306']) fleet.answered(replica(name, 10));
  return { fleet, readiness, events, state, live };
}

describe('readiness of the live fleet', () => {
  it('answers when asked, and keeps the answer while nothing changes', async () => {
    const { readiness, fleet } = scene();
    const first = await readiness.of(PRIMARY);
    expect(first).toMatchObject({ verdict: 'ready', successor: { hostname: 'a' } });
    expect(await readiness.of(PRIMARY)).toBe(first);
    fleet.failed(parseKey('a:3306', 3306), 'no answer', false);
    expect(await readiness.of(PRIMARY)).toMatchObject({ verdict: 'degraded', successor: { hostname: 'b' } });
    expect(await readiness.all()).toHaveLength(1);
  });

  it('an unknown cluster is an error that names it', async () => {
    await expect(scene().readiness.of('nowhere:1')).rejects.toThrow('clusterHint=nowhere:1');
  });

  it('tells what is different, and not what is the same with other figures', async () => {
    const { readiness, fleet, events } = scene();
    await readiness.run();
    expect(events).toMatchObject([{ kind: 'readiness', clusterName: PRIMARY, verdict: 'ready' }]);
    fleet.answered(replica('a:3306', 10, 12));
    await readiness.of(PRIMARY);
    expect(events).toHaveLength(1);
    fleet.failed(parseKey('b:3306', 3306), 'no answer', false);
    await readiness.of(PRIMARY);
    expect(events).toMatchObject([{ verdict: 'ready' }, { verdict: 'degraded' }]);
    expect(readiness.latest().map(({ verdict }) => verdict)).toEqual(['degraded']);
  });

  it('a recovery that made the primary what it is blocks another, as the registration will say', async () => {
    const { readiness, state } = scene();
    state.blocking.push(BLOCKING);
    const { blockers } = await readiness.of(PRIMARY);
    expect(blockers).toMatchObject([{ rule: 'blocked', blocks: 'automatic' }]);
    expect(blockers[0]?.sentence).toContain('old:3306');
  });

  it('a recovery that has just ended is known at once', async () => {
    const { readiness, state, live } = scene();
    await readiness.of(PRIMARY);
    state.blocking.push(BLOCKING);
    live.emit({ kind: 'recovery', uid: 'u', clusterName: 'old:3306', state: 'succeeded' });
    expect((await readiness.of(PRIMARY)).verdict).toBe('blocked');
  });

  it('one of another cluster does not', async () => {
    const { readiness, state } = scene();
    state.blocking.push({ ...BLOCKING, successor: parseKey('q:3306', 3306) });
    expect((await readiness.of(PRIMARY)).blockers).toEqual([]);
  });

  it('says so when the backend is away, and when the primary is downtimed', async () => {
    const { readiness, state } = scene();
    Object.assign(state, { isDowntimed: true, failure: 'disk full' });
    const { blockers } = await readiness.of(PRIMARY);
    expect(blockers.map(({ rule }) => rule)).toEqual(['downtimed', 'backend-away']);
  });

  it('leaves out what was lost in a recovery, and answers for it when asked by name', async () => {
    const { readiness, fleet } = scene();
    fleet.answered(instanceOf('old:3306', { executedGtid: '' }));
    expect((await readiness.all()).map(({ clusterName }) => clusterName)).toEqual(['old:3306', PRIMARY]);
    const lost = { owner: 'orchestrator', reason: 'lost-in-recovery', beginAtMs: 0, endAtMs: Number.MAX_SAFE_INTEGER };
    fleet.setIntent({ ...NOTHING_DECIDED, downtimes: new Map([['old:3306', lost]]) });
    expect((await readiness.all()).map(({ clusterName }) => clusterName)).toEqual([PRIMARY]);
    expect((await readiness.of('old:3306')).clusterName).toBe('old:3306');
  });

  it('hears nothing any more when closed', async () => {
    const { readiness, fleet } = scene();
    const first = await readiness.of(PRIMARY);
    readiness.close();
    fleet.failed(parseKey('a:3306', 3306), 'no answer', false);
    expect(await readiness.of(PRIMARY)).toBe(first);
  });
});
