import { expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { instanceOf, uuidOf } from '../../model/testing/instances.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { watchRenewedLogs } from './renewed-logs.ts';

function scene() {
  const fleet = createFleet({ clock: createStillClock(1_000), logger: SILENT }, { aliasPatterns: [] });
  const forgotten: string[] = [];
  fleet.answered(instanceOf('a'));
  watchRenewedLogs({
    fleet,
    equivalences: { forget: async (key) => void forgotten.push(formatKey(key)) },
    logger: SILENT,
  });
  const read = (changes: Partial<Instance>) => fleet.answered(instanceOf('a', changes));
  return { read, forgotten };
}

const end = (file: string, position: number) => ({ kind: 'binlog' as const, file, position });

it('a log that goes on, or is not asked for, is the same log', () => {
  const { read, forgotten } = scene();
  for (const ownCoordinates of [end('bin.000009', 4), null, end('bin.000009', 900), end('bin.000010', 4)])
    read({ ownCoordinates });
  expect(forgotten).toEqual([]);
});

it('a log that begins anew is another one, also where one reading left its end out', () => {
  const { read, forgotten } = scene();
  for (const ownCoordinates of [end('bin.000009', 900), null, end('bin.000001', 154)]) read({ ownCoordinates });
  expect(forgotten).toEqual(['a:3306']);
});

it('so is the log of another server at the same address', () => {
  const { read, forgotten } = scene();
  for (const number of [1, 1, 77, 77]) read({ serverUuid: uuidOf(number) });
  expect(forgotten).toEqual(['a:3306']);
});
