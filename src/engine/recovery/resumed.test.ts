import { describe, expect, it, vi } from 'vitest';
import { replicationOf } from '../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';

const SILENT = { state: 'stopped', errorNumber: 2003, errorText: 'cannot connect' } as const;

/** Left by a process that died when it had silenced two replicas. */
function leftSilenced() {
  const scene = recoveryScene();
  scene.put(1, null);
  for (const number of [2, 3]) {
    const replication = { ...replicationOf(nameOf(1)), receiver: SILENT };
    scene.put(number, 1, { replication });
  }
  return scene;
}

describe('a recovery left open before its point of no return', () => {
  it('goes on when the replicas, asked anew, still say that nobody is there', async () => {
    const { kill, resume, intentOf, store, servers } = leftSilenced();
    kill(1);
    await resume(intentOf('silenced', [2, 3]), [2, 3]);
    expect(store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(2) });
    expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
    // When the failure was first seen only the process that died knew.
    expect(store.steps).toContain('10.0.0.2:3306 takes writes');
  });

  it('is called off when a replica hears from the primary, though we do not; all listen again', async () => {
    const { servers, resume, intentOf, store, receiverOf, hooksRun } = leftSilenced();
    // Our own way to it is cut; the replicas have theirs.
    servers.cutOff(nameOf(1));
    await resume(intentOf('silenced', [2, 3]), [2, 3]);
    expect(store.records[0]).toMatchObject({ isSuccessful: false, isAcknowledged: true });
    expect(store.records[0]?.errors.join()).toMatch(/called off: .*still hear/);
    expect([receiverOf(2), receiverOf(3)]).toEqual(['running', 'running']);
    expect(await store.readDeposed()).toEqual([]);
    expect(store.intents.size).toBe(0);
    // The process before us had run its PreFailover hooks.
    expect(hooksRun).toEqual(['PostUnsuccessfulFailoverProcesses']);
  }, 20_000);

  it.each([
    ['read-only: who fenced it may have died before he could say so', true],
    ['open', false],
  ])('is called off when the primary answers again, which is told where it is %s', async (_what, isReadOnly) => {
    const { put, resume, intentOf, store } = leftSilenced();
    put(1, null, { isReadOnly, isSuperReadOnly: isReadOnly });
    await resume(intentOf('silenced', [2, 3]), [2, 3]);
    const said = store.records[0]?.errors.join() ?? '';
    expect(said).toMatch(/answers again/);
    expect(/is read-only, perhaps since it was fenced: set-writeable opens it/.test(said)).toBe(isReadOnly);
  });

  it.each([
    ['the primary was downtimed', { downtimes: new Map([[nameOf(1), downtime()]]) }, /downtimed/],
    ['recoveries were disabled', { isRecoveryDisabled: true }, /disabled globally/],
    ['the primary is in maintenance', { maintenance: new Set([nameOf(1)]) }, /in maintenance/],
  ])('is called off when %s meanwhile', async (_what, decision, sentence) => {
    const { kill, decide, resume, intentOf, store, receiverOf } = leftSilenced();
    kill(1);
    decide(decision);
    await resume(intentOf('silenced', [2, 3]), [2, 3]);
    expect(store.records[0]).toMatchObject({ isSuccessful: false });
    expect(store.records[0]?.errors.join()).toMatch(sentence);
    expect([receiverOf(2), receiverOf(3)]).toEqual(['other', 'other']);
  });

  it('called off, holds up nobody while its last hooks run, and is not gone on with again', async () => {
    const { servers, resume, intentOf, store, holdHooks, hooksRun, recoveries, until } = leftSilenced();
    servers.cutOff(nameOf(1));
    let release: () => void = () => undefined;
    holdHooks('PostUnsuccessfulFailoverProcesses', new Promise<void>((resolve) => (release = resolve)));
    const end = resume(intentOf('silenced', [2, 3]), [2, 3]);
    await until(() => hooksRun.includes('PostUnsuccessfulFailoverProcesses'));
    expect(recoveries.isBeingRecovered(keyOf(1))).toBe(false);
    expect(store.intents.size).toBe(0);
    release();
    await end;
  }, 20_000);

  it('is not judged anew when a person ordered it', async () => {
    const { kill, decide, resume, intentOf, store } = leftSilenced();
    kill(1);
    decide({ isRecoveryDisabled: true });
    await resume({ ...intentOf('silenced', [2, 3]), isForced: true }, [2, 3]);
    expect(store.records[0]).toMatchObject({ isSuccessful: true });
  });
});

function downtime() {
  return { owner: 'me', reason: 'works', beginAtMs: 0, endAtMs: Date.now() + 60_000 };
}

describe.each(['coordinates', 'oracle-auto'] as const)('appliers of replicas (%s)', (positioning) => {
  const RESTING = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

  /** The applier of 3 was stopped by a person. */
  function withAppliers(applierOfTwo: 'running' | 'stopped') {
    const scene = recoveryScene();
    scene.put(1, null);
    for (const number of [2, 3]) {
      const applier = number === 2 ? { ...RESTING, state: applierOfTwo } : RESTING;
      scene.put(number, 1, {
        ...(positioning === 'coordinates' ? { gtidMode: '', supportsOracleGtid: false, executedGtid: '' } : {}),
        isReadOnly: true,
        replication: replicationOf(nameOf(1), { receiver: SILENT, applier, positioning }),
      });
    }
    const applierOf = (number: number) => scene.servers.at(nameOf(number))?.replication?.applier.state;
    return { ...scene, applierOf };
  }

  it('run again where the process before us had brought them to rest, not where a person had', async () => {
    const { kill, decide, resume, intentOf, store, applierOf, receiverOf } = withAppliers('stopped');
    kill(1);
    decide({ isRecoveryDisabled: true });
    await resume({ ...intentOf('silenced', [2, 3]), rested: [keyOf(2)] }, [2, 3]);
    expect(store.records[0]?.errors.join()).toMatch(/called off/);
    expect([applierOf(2), applierOf(3)]).toEqual(['running', 'stopped']);
    expect([receiverOf(2), receiverOf(3)]).toEqual(['other', 'other']);
  });

  it('are written down before they are stopped, and run again when nobody can be promoted', async () => {
    const { servers, recover, kill, store, applierOf } = withAppliers('running');
    kill(1);
    const obey = servers.execute;
    const restedThen: unknown[] = [];
    vi.spyOn(servers, 'execute').mockImplementation((instance, command, options) => {
      if (command.kind === 'stop-applier') restedThen.push([...store.intents.values()][0]?.rested);
      const failure = { kind: 'answered', errorNumber: 1227, message: 'not allowed' } as const;
      if (command.kind === 'forget-source') return Promise.resolve({ kind: 'failed', failure });
      return obey(instance, command, options);
    });
    expect(await recover([2, 3])).toMatchObject({ kind: 'failed' });
    expect(restedThen[0]).toEqual([keyOf(2)]);
    expect([applierOf(2), applierOf(3)]).toEqual(['running', 'stopped']);
  });
});
