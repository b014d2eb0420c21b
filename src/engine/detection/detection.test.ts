import { afterEach, describe, expect, it, vi } from 'vitest';
import { FREE_TO_ACT } from '../../analysis/failover-question.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import type { Clock } from '../ports.ts';
import { createSilences } from '../receivers/silences.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createDetection, type Detection } from './detection.ts';

const PRIMARY = '10.0.0.1:3306';
const REPLICA = '10.0.0.2:3306';
const KEY = parseKey(PRIMARY, 3306);

let open: Detection | null = null;
afterEach(() => open?.close());

function scene(onDead: () => void = () => undefined) {
  let aheadMs = 0;
  let isBlocked = false;
  const system = createSystemClock();
  const clock: Clock = { ...system, monotonicMs: () => system.monotonicMs() + aheadMs };
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const receiver = { state: 'other', errorNumber: 2003, errorText: '' } as const;
  const replica = instanceOf(REPLICA, { isReadOnly: true, replication: replicationOf(PRIMARY, { receiver }) });
  servers.put(REPLICA, replica);
  fleet.answered(instanceOf(PRIMARY));
  fleet.answered(replica);
  const detection = createDetection(
    {
      servers,
      fleet,
      clock,
      logger: SILENT,
      silences: createSilences(),
      isTaken: () => false,
      silencedByUs: async () => new Set<string>(),
      switchesOf: () => ({ ...FREE_TO_ACT, isBlocked }),
      isBeingRecovered: () => false,
      onDead,
      onExplained: () => undefined,
      readAgain: () => undefined,
    },
    { probeDeadlineMs: 1_000, pulseMs: 0, graces: { cleanShutdownGraceMs: 0, primaryRestartGraceMs: 0 } },
  );
  open = detection;
  const fail = (): void => fleet.failed(KEY, 'it refused the connection', false);
  const pass = (ms: number): void => {
    aheadMs += ms;
  };
  const block = (): void => {
    isBlocked = true;
  };
  return { servers, fleet, detection, fail, pass, block };
}

describe('detection', () => {
  it('asks calmly about a primary that has been dead for long, also when it is asked to look again', async () => {
    const onDead = vi.fn();
    const { servers, detection, fail, pass, block } = scene(onDead);
    fail();
    await vi.waitFor(() => expect(onDead).toHaveBeenCalledTimes(1), 4_000);
    pass(60_000);
    block();
    const knocks = vi.spyOn(servers, 'knock');
    detection.suspect(KEY);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // At the first pace it would be more than twenty.
    expect(knocks.mock.calls.length).toBeLessThan(4);
  });

  it('is keen again once the primary has answered in between', async () => {
    const onDead = vi.fn();
    const { servers, fleet, fail, pass, block } = scene(onDead);
    fail();
    await vi.waitFor(() => expect(onDead).toHaveBeenCalledTimes(1), 4_000);
    pass(60_000);
    block();
    fleet.answered(instanceOf(PRIMARY));
    const knocks = vi.spyOn(servers, 'knock');
    fail();
    // At the calm pace it would be four or five.
    await vi.waitFor(() => expect(knocks.mock.calls.length).toBeGreaterThan(8), 4_000);
  });

  it.each([
    [2003, true],
    [1045, false],
    [1040, false],
  ])('takes error %i of a receiver for a sign of death: %s', (errorNumber, isSign) => {
    const { fleet, detection } = scene();
    const receiver = { state: 'other', errorNumber, errorText: '' } as const;
    fleet.answered(instanceOf(REPLICA, { isReadOnly: true, replication: replicationOf(PRIMARY, { receiver }) }));
    expect(detection.suspectedSinceMs(KEY) !== null).toBe(isSign);
  });

  it('sends the next pulse, too, when one was thrown out of', async () => {
    const { servers, detection } = scene();
    const probes = vi.spyOn(servers, 'probe').mockRejectedValueOnce(new Error('it broke'));
    detection.pulse();
    await new Promise((resolve) => setImmediate(resolve));
    detection.pulse();
    expect(probes).toHaveBeenCalledTimes(2);
  });

  it('begins nothing any more after close', async () => {
    const { servers, detection } = scene();
    detection.close();
    const knocks = vi.spyOn(servers, 'knock');
    detection.suspect(KEY);
    expect(detection.suspectedSinceMs(KEY)).toBeNull();
    expect(knocks).not.toHaveBeenCalled();
  });
});
