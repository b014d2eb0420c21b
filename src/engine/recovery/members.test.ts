import { describe, expect, it, vi } from 'vitest';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { readMembers } from './members.ts';

const FAILED = parseKey('10.0.0.1:3306', 3306);
const QUICK = parseKey('10.0.0.2:3306', 3306);
const SLOW = parseKey('10.0.0.3:3306', 3306);

function scene(answersAfterMs: number) {
  const clock = createSystemClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  for (const key of [QUICK, SLOW]) {
    servers.put(formatKey(key), instanceOf(formatKey(key)));
    fleet.answered(instanceOf(formatKey(key)));
  }
  const probe = servers.probe;
  vi.spyOn(servers, 'probe').mockImplementation(async (key, request) => {
    if (key === SLOW) await clock.sleep(answersAfterMs);
    return probe(key, request);
  });
  const read = () => readMembers({ servers, fleet, clock }, [FAILED, QUICK, SLOW], FAILED);
  return { fleet, read };
}

describe('readMembers', () => {
  it('waits for a slow member that answered before: it may have what no other has', async () => {
    const { read } = scene(600);
    const { fresh } = await read();
    expect([...fresh].sort()).toEqual([formatKey(QUICK), formatKey(SLOW)]);
  });

  it('does not wait long for one that did not answer the last time', async () => {
    const { fleet, read } = scene(60_000);
    fleet.failed(SLOW, 'it did not answer', false);
    const { fresh } = await read();
    expect([...fresh]).toEqual([formatKey(QUICK)]);
  });

  it('goes on without one that never answers', async () => {
    const { read } = scene(60_000);
    const { fresh } = await read();
    expect([...fresh]).toEqual([formatKey(QUICK)]);
  });
});
