import { describe, expect, it } from 'vitest';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { createDiscoveryQueue } from './queue.ts';

const key = (name: string): InstanceKey => parseKey(`${name}:3306`, 3306);

/** Work that ends when the test says so. */
function scene(settings: { maxConcurrency: number; capacity: number }) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = createDiscoveryQueue(settings, (of) => {
    begun.push(of.hostname);
    return new Promise((resolve) => ends.set(formatKey(of), resolve));
  });
  const end = async (name: string): Promise<void> => {
    ends.get(`${name}:3306`)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, end };
}

describe('the discovery queue', () => {
  it('does not take a server that waits, or is being read', async () => {
    const { queue, begun, end } = scene({ maxConcurrency: 1, capacity: 10 });
    expect([queue.push(key('a')), queue.push(key('b'))]).toEqual([true, true]);
    expect([queue.push(key('a')), queue.push(key('b'))]).toEqual([false, false]);
    await end('a');
    expect(queue.push(key('a'))).toBe(true);
    expect(begun).toEqual(['a', 'b']);
  });

  it('reads no more than so many at a time, in the order asked', async () => {
    const { queue, begun, end } = scene({ maxConcurrency: 2, capacity: 10 });
    for (const name of ['a', 'b', 'c', 'd']) queue.push(key(name));
    expect(begun).toEqual(['a', 'b']);
    expect(queue.metrics()).toMatchObject({ queued: 2, active: 2 });
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('turns away what it cannot hold, and counts it', () => {
    const { queue } = scene({ maxConcurrency: 1, capacity: 1 });
    expect(['a', 'b', 'c'].map((name) => queue.push(key(name)))).toEqual([true, true, false]);
    expect(queue.metrics().rejected).toBe(1);
  });

  it('waits for what is under way when it closes, and begins nothing more', async () => {
    const { queue, begun, end } = scene({ maxConcurrency: 1, capacity: 10 });
    queue.push(key('a'));
    queue.push(key('b'));
    const closed = queue.close();
    await end('a');
    await closed;
    expect(begun).toEqual(['a']);
    expect(queue.push(key('c'))).toBe(false);
  });
});
