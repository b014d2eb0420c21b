import { describe, expect, it } from 'vitest';
import { instanceOf } from '../../model/testing/instances.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { createCoordinateMemory } from './coordinate-memory.ts';
import { withPseudoGtid } from './marked-clusters.ts';

const at = (file: string, position: number) =>
  instanceOf('a:3306', { ownCoordinates: { kind: 'binlog', file, position } });

describe('the memory of coordinates', () => {
  let nowMs = 0;
  const seen = (memory: ReturnType<typeof createCoordinateMemory>): string[] =>
    memory.boundaries(at('', 0).key, 'binlog').map(({ file, position }) => `${file}:${position}`);

  it('keeps one place in ten seconds, and forgets all when the log begins again', () => {
    const memory = createCoordinateMemory(() => nowMs);
    for (const [ms, position] of [
      [0, 100],
      [5_000, 200],
      [10_000, 300],
      [20_000, 300],
      [30_000, 400],
    ] as const) {
      nowMs = ms;
      memory.observe(at('bin.000009', position));
    }
    expect(seen(memory)).toEqual(['bin.000009:100', 'bin.000009:300', 'bin.000009:400']);
    memory.observe(at('bin.000001', 154));
    expect(seen(memory)).toEqual(['bin.000001:154']);
    memory.forget(at('', 0).key);
    expect(seen(memory)).toEqual([]);
  });

  it('sees every probe, which tells of marked clusters', async () => {
    const memory = createCoordinateMemory(() => nowMs);
    const servers = createFakeServers();
    servers.put('a:3306', at('bin.000001', 100));
    const wrapped = withPseudoGtid(servers, {
      marked: { has: (name) => name === 'the cluster' },
      memory,
      clusterNameOf: () => 'the cluster',
    });
    const outcome = await wrapped.probe(at('', 0).key, { deadlineMs: 1_000, depth: 'full', previous: null });
    expect(outcome).toMatchObject({ kind: 'answered', instance: { pseudoGtid: true } });
    expect(seen(memory)).toEqual(['bin.000001:100']);
    wrapped.release(at('', 0).key);
    expect(seen(memory)).toEqual([]);
  });
});
