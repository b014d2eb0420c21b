import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Flavour } from '../flavour.ts';
import type { Binaries } from './binaries.ts';
import { cacheDirectory, type Progress, stderrProgress, withCacheLock } from './cache.ts';
import { fetchMariadb1011, findInstalledMariadb, findMariadb1011 } from './mariadb-1011.ts';
import { fetchMysql56, findMysql56 } from './mysql-56.ts';
import { fetchMysql97, findMysql97 } from './mysql-97.ts';
import { makeTemplate, templateName } from './template.ts';

/** Everything needed to start servers of one flavour. */
export interface ServerKit extends Binaries {
  readonly flavour: Flavour;
  /** A data folder with the lab's users and tables and no binary log: copied for every server, never started. */
  readonly templateDir: string;
}

interface Provider {
  /** Grows when what is fetched changes, so that an older cache is not taken for complete. */
  readonly revision: number;
  readonly fetch: (folder: string, progress: Progress) => Promise<void>;
  readonly find: (folder: string) => Promise<Binaries>;
  readonly findInstalled?: () => Promise<Binaries | null>;
}

const PROVIDERS: Readonly<Record<Flavour, Provider>> = {
  'mysql-9.7': { revision: 1, fetch: fetchMysql97, find: findMysql97 },
  'mysql-5.6': { revision: 1, fetch: fetchMysql56, find: findMysql56 },
  'mariadb-10.11': { revision: 2, fetch: fetchMariadb1011, find: findMariadb1011, findInstalled: findInstalledMariadb },
};

/**
 * Makes a flavour ready to start: fetches the server when the cache has none, makes its data folder once, and says how
 * to run it. Safe to call from several processes. Throws LabError with one sentence and the remedy.
 */
export async function prepareFlavour(flavour: Flavour, progress: Progress = stderrProgress): Promise<ServerKit> {
  const binaries = await obtainBinaries(flavour, progress);
  const templateDir = join(cacheDirectory(), templateName(flavour, binaries));
  if (!existsSync(templateDir)) {
    await withCacheLock(flavour, progress, async () => {
      if (existsSync(templateDir)) return;
      progress(`making the data folder of ${flavour} (${binaries.version})`);
      await buildAside(templateDir, (folder) => makeTemplate(flavour, binaries, folder));
    });
  }
  return { ...binaries, flavour, templateDir };
}

async function obtainBinaries(flavour: Flavour, progress: Progress): Promise<Binaries> {
  const provider = PROVIDERS[flavour];
  const installed = await provider.findInstalled?.();
  if (installed) return installed;
  const { revision } = provider;
  const folder = join(cacheDirectory(), revision === 1 ? flavour : `${flavour}-r${revision}`);
  if (!existsSync(folder)) {
    await withCacheLock(flavour, progress, async () => {
      if (existsSync(folder)) return;
      await buildAside(folder, (aside) => provider.fetch(aside, progress));
    });
  }
  return provider.find(folder);
}

/** Builds a folder under another name and renames it when it is whole, so that a broken attempt leaves nothing. */
export async function buildAside(folder: string, build: (aside: string) => Promise<void>): Promise<void> {
  const aside = `${folder}.part-${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  try {
    await build(aside);
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
