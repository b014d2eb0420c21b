import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FailoverDecision } from '../../analysis/failover-policy.ts';
import { FREE_TO_ACT } from '../../analysis/failover-question.ts';
import type { ThreadState } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createSilences } from '../receivers/silences.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { type Investigation, startInvestigation } from './investigation.ts';

const PRIMARY = '10.0.0.1:3306';

const replica = (name: string, source: string, state: ThreadState) =>
  instanceOf(name, {
    isReadOnly: true,
    replication: replicationOf(source, {
      receiver: { state, errorNumber: state === 'other' ? 2003 : 0, errorText: '' },
    }),
  });

let open: Investigation | null = null;
afterEach(() => open?.stop());

function scene(replicas: readonly ReturnType<typeof replica>[], silenced: readonly string[] = []) {
  const system = createSystemClock();
  let steppedMs = 0;
  const clock = { ...system, now: () => system.now() + steppedMs };
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  fleet.answered(instanceOf(PRIMARY));
  for (const instance of replicas) {
    servers.put(`${instance.key.hostname}:${instance.key.port}`, instance);
    fleet.answered(instance);
  }
  const decisions: FailoverDecision[] = [];
  const start = (): void => {
    open = startInvestigation(
      parseKey(PRIMARY, 3306),
      {
        servers,
        fleet,
        clock,
        logger: SILENT,
        silences: createSilences(),
        isTaken: () => false,
        silencedByUs: async () => new Set(silenced),
        switchesOf: () => FREE_TO_ACT,
        onDecision: (_key, decision) => void decisions.push(decision),
        onAlive: () => undefined,
      },
      { probeDeadlineMs: 1_000, graces: { cleanShutdownGraceMs: 0, primaryRestartGraceMs: 0 } },
    );
    open.sessionLost();
  };
  const untilAct = () => vi.waitFor(() => expect(decisions.at(-1)?.act).toBe(true), 4_000);
  const stepClock = (ms: number): void => {
    steppedMs += ms;
  };
  return { servers, start, untilAct, stepClock, decisions };
}

describe('an investigation', () => {
  it('decides by what the replicas say', async () => {
    const { start, untilAct } = scene([replica('10.0.0.2:3306', PRIMARY, 'other')]);
    start();
    await untilAct();
  });

  it('does not take a replica that was moved to another source for a witness', async () => {
    const { servers, start, untilAct } = scene([
      replica('10.0.0.2:3306', PRIMARY, 'other'),
      replica('10.0.0.3:3306', PRIMARY, 'running'),
    ]);
    servers.put('10.0.0.3:3306', replica('10.0.0.3:3306', '10.0.0.9:3306', 'running'));
    start();
    await untilAct();
  });

  it('starts a receiver that an earlier recovery left stopped, and hears it', async () => {
    const { servers, start, untilAct } = scene([replica('10.0.0.2:3306', PRIMARY, 'stopped')], ['10.0.0.2:3306']);
    start();
    await untilAct();
    expect(servers.commands).toEqual([{ server: '10.0.0.2:3306', command: { kind: 'start-receiver' } }]);
  });

  it('does not lose sight of a dead primary when the wall clock is set back meanwhile', async () => {
    const { start, untilAct, stepClock } = scene([replica('10.0.0.2:3306', PRIMARY, 'other')]);
    start();
    stepClock(-3_600_000);
    await untilAct();
  });

  it('does not take a receiver that has just begun to connect for one that hangs when the wall clock is set on', async () => {
    const connecting = replica('10.0.0.2:3306', PRIMARY, 'other');
    const receiver = { state: 'other', errorNumber: 0, errorText: '' } as const;
    const replication = connecting.replication === null ? null : { ...connecting.replication, receiver };
    const { start, stepClock, decisions } = scene([{ ...connecting, replication }]);
    start();
    await vi.waitFor(() => expect(decisions.at(-1)).toMatchObject({ because: 'testimony-pending' }), 4_000);
    stepClock(60_000);
    const count = decisions.length;
    await vi.waitFor(() => expect(decisions.length).toBeGreaterThan(count + 5), 4_000);
    expect(decisions.filter(({ act }) => act)).toEqual([]);
  });

  it('goes on after a look that failed by our own mistake', async () => {
    const { servers, start, untilAct } = scene([replica('10.0.0.2:3306', PRIMARY, 'other')]);
    vi.spyOn(servers, 'probe').mockRejectedValueOnce(new Error('a mistake'));
    vi.spyOn(servers, 'knock').mockRejectedValueOnce(new Error('another'));
    start();
    await untilAct();
  });
});
