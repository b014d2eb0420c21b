import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isOwnerAlive, ownerOf } from './process-identity.ts';

describe('the owner of a recovery', () => {
  it('is alive while it runs, and dead afterwards', async () => {
    const child = spawn('sleep', ['60']);
    const owner = ownerOf('db-host', child.pid ?? 0);
    expect(owner).toMatch(/^db-host:.+:\d+$/);
    expect(isOwnerAlive(owner, 'db-host')).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isOwnerAlive(owner, 'db-host')).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('is dead when another process has its number now', () => {
    const [host, mark, pid] = ownerOf('db-host', process.pid).split(':');
    expect(isOwnerAlive(`${host}:${mark}:${pid}`, 'db-host')).toBe(true);
    expect(isOwnerAlive(`${host}:${mark}0:${pid}`, 'db-host')).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'is dead under another host name only on this kernel, and at its own word',
    () => {
      const [, mark] = ownerOf('db-host', process.pid).split(':');
      const earlierContainer = `box-1:${mark}:1`;
      expect(isOwnerAlive(earlierContainer, 'box-2', 'dead')).toBe(false);
      expect(isOwnerAlive(earlierContainer, 'box-2', 'alive')).toBe(true);
      expect(isOwnerAlive(earlierContainer, 'box-2', 'unknown')).toBe(true);
      expect(isOwnerAlive('box-1:0-1:1', 'box-2', 'dead')).toBe(true);
      expect(isOwnerAlive('box-1:-:1', 'box-2', 'dead')).toBe(true);
    },
  );

  it.skipIf(process.platform !== 'linux')('is alive while it says so, though its number means nothing here', () => {
    const [host, mark, pid] = ownerOf('db-host', process.pid).split(':');
    expect(isOwnerAlive(`${host}:${mark}0:${pid}`, 'db-host', 'alive')).toBe(true);
  });

  it('counts as alive on another machine, and where only the number is known', () => {
    expect(isOwnerAlive('elsewhere:0-1:1', 'db-host')).toBe(true);
    expect(isOwnerAlive(`db-host:${process.pid}`, 'db-host')).toBe(true);
    expect(isOwnerAlive('nonsense', 'db-host')).toBe(false);
  });
});
