import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackages } from '../servers/apt.ts';
import { cacheDirectory, type Progress, withCacheLock } from '../servers/cache.ts';
import { buildAside } from '../servers/prepare.ts';

export interface ServiceSource {
  /** The folder in the cache, e.g. `etcd-3.4`. */
  readonly name: string;
  /** For messages. */
  readonly product: string;
  /** Taken with all they need, libc included. */
  readonly packages: readonly string[];
  /** Of which only the files are wanted. */
  readonly bare?: readonly string[];
}

/** Fetches the Debian 12 packages of a service once, with all they need, and gives the root of what was unpacked. Throws LabError. */
export async function obtainService(source: ServiceSource, progress: Progress): Promise<string> {
  const folder = join(cacheDirectory(), source.name);
  if (!existsSync(folder)) {
    await withCacheLock(source.name, progress, async () => {
      if (existsSync(folder)) return;
      await buildAside(folder, (aside) =>
        unpackPackages({
          product: source.product,
          suite: 'bookworm',
          packages: source.packages,
          bare: source.bare ?? [],
          root: join(aside, 'root'),
          scratch: join(aside, 'apt'),
          progress,
        }),
      );
    });
  }
  return join(folder, 'root');
}
