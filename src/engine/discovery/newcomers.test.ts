import { expect, it } from 'vitest';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { createNewcomers } from './newcomers.ts';

function scene() {
  const rows = new Set(['a:3306']);
  const fleet = new Set(['a:3306']);
  const shown = new Set<string>();
  const seeds: string[] = [];
  const restored: string[] = [];
  const keys = (names: Set<string>): InstanceKey[] => [...names].map((name) => parseKey(name, 3306));
  const newcomers = createNewcomers({
    servers: { listServers: async () => keys(rows) },
    known: () => keys(fleet),
    restore: (missing) => void restored.push(...missing.map(formatKey)),
    isShownElsewhere: (key) => shown.has(formatKey(key)),
    drop: async (key) => void rows.delete(formatKey(key)),
    seed: (key) => void seeds.push(formatKey(key)),
  });
  return { rows, fleet, shown, seeds, restored, newcomers };
}

it('what another process put into the backend is looked at, once', async () => {
  const { rows, seeds, newcomers } = scene();
  await newcomers.run();
  rows.add('b:3306');
  await newcomers.run();
  await newcomers.run();
  expect(seeds).toEqual(['b:3306']);
});

it('one that was forgotten here is no newcomer as long as its row has not gone', async () => {
  const { fleet, rows, seeds, newcomers } = scene();
  await newcomers.run();
  fleet.delete('a:3306');
  await newcomers.run();
  expect(seeds).toEqual([]);
  rows.delete('a:3306');
  await newcomers.run();
  rows.add('a:3306');
  await newcomers.run();
  expect(seeds).toEqual(['a:3306']);
});

it('the row of one that is another address of a known server goes, once it was looked at', async () => {
  const { rows, shown, seeds, newcomers } = scene();
  rows.add('alias:3306');
  shown.add('alias:3306');
  await newcomers.run();
  expect([[...rows], seeds]).toEqual([['a:3306', 'alias:3306'], ['alias:3306']]);
  await newcomers.run();
  expect([[...rows], seeds]).toEqual([['a:3306'], ['alias:3306']]);
});

it('the row of a known server that went is written anew', async () => {
  const { rows, restored, newcomers } = scene();
  await newcomers.run();
  expect(restored).toEqual([]);
  rows.delete('a:3306');
  await newcomers.run();
  expect(restored).toEqual(['a:3306']);
});
