import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/engine/ports.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { STORE_SETTINGS } from './store/harness.ts';
import { sampleIntent } from './store/samples.ts';

const [OURS, OTHER] = ['box-2:boot-2:1', 'box-1:boot-1:1'];
let folder: string;
let file: string;
let stores: Store[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-owners-'));
  file = join(folder, 'store.sqlite');
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function open(owner: string, path = file): Promise<Store> {
  const store = await createSqliteStore({ ...STORE_SETTINGS, file: path, owner });
  stores.push(store);
  return store;
}
const close = async (store: Store): Promise<void> => {
  stores = stores.filter((one) => one !== store);
  await store.close();
};
const locks = (): string[] => readdirSync(folder).filter((name) => name.includes('-owner-'));
/** How long other connections may need to look at a lock, or to tidy up. */
const SOON = { timeout: 10_000 };

describe('processes that own something on one SQLite file', () => {
  test('one that runs is alive, one that was killed is dead, one that never owned anything is unknown', async () => {
    const script = join(import.meta.dirname, 'store', 'owning-process.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, file, OTHER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      const store = await open(OURS);
      expect(store.lifeOf(OTHER)).toBe('alive');
      expect(store.lifeOf('box-3:boot-3:1')).toBe('unknown');
      child.kill('SIGKILL');
      await exited;
      expect(store.lifeOf(OTHER)).toBe('dead');
      // To look is not to hold.
      expect(store.lifeOf(OTHER)).toBe('dead');
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  }, 60_000);

  test('it shows before its name is written, and not before it owns anything', async () => {
    const other = await open(OTHER);
    const ours = await open(OURS);
    await other.intent.setRecoveryDisabled(true);
    expect([locks(), ours.lifeOf(OTHER)]).toEqual([[], 'unknown']);
    const saving = other.recoveries.saveIntent(sampleIntent('u1', 1, { owner: OTHER }));
    expect(ours.lifeOf(OTHER)).toBe('alive');
    await saving;
    expect(ours.lifeOf(OTHER)).toBe('alive');
    await close(other);
    await expect.poll(() => ours.lifeOf(OTHER), SOON).toBe('dead');
  });

  test('what is claimed shows the one who claims; given back, the dead one is not made alive', async () => {
    const other = await open(OTHER);
    await other.recoveries.saveIntent(sampleIntent('u1', 1, { owner: OTHER }));
    await close(other);
    const ours = await open(OURS);
    expect(await ours.recoveries.claimIntent('u1', OTHER, OURS)).not.toBeNull();
    const third = await open('box-3:boot-3:1');
    expect(third.lifeOf(OURS)).toBe('alive');
    expect(await ours.recoveries.claimIntent('u1', OURS, OTHER)).not.toBeNull();
    expect(third.lifeOf(OTHER)).not.toBe('alive');
  });

  test('whoever ends owning nothing leaves no lock; that of a dead one goes when nothing is its own any more', async () => {
    const [done, left] = [await open('done:1:1'), await open('left:1:1')];
    await done.recoveries.saveIntent(sampleIntent('u1', 1, { owner: 'done:1:1' }));
    await done.recoveries.closeIntent('u1');
    await left.recoveries.saveIntent(sampleIntent('u2', 1, { owner: 'left:1:1' }));
    await close(done);
    expect(locks()).toHaveLength(1);
    await close(left);
    const ours = await open(OURS);
    await ours.recoveries.saveIntent(sampleIntent('u3', 1, { owner: OURS }));
    await expect.poll(locks, SOON).toHaveLength(2);
    expect(['done:1:1', 'left:1:1'].map(ours.lifeOf)).toEqual(['unknown', 'dead']);
    await ours.recoveries.closeIntent('u2');
    await ours.recoveries.closeIntent('u3');
    await close(ours);
    expect(locks()).toEqual([]);
  });

  test('in a copy of the folder, where nobody holds the locks, nothing is known of the owners', async () => {
    const other = await open(OTHER);
    await other.recoveries.saveIntent(sampleIntent('u1', 1, { owner: OTHER }));
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const name of readdirSync(folder))
      if (name.startsWith('store')) copyFileSync(join(folder, name), join(copy, name));
    expect((await open(OURS, join(copy, 'store.sqlite'))).lifeOf(OTHER)).toBe('unknown');
  });
});
