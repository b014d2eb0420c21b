import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { unpackPackages } from './apt.ts';
import { type Binaries, commandInClosure, readVersion } from './binaries.ts';
import type { Progress } from './cache.ts';

const SCRIPT = 'mysql_system_tables.sql';

/** MariaDB 10.11 from Debian 12: unpacked, not installed. */
export async function fetchMariadb1011(folder: string, progress: Progress): Promise<void> {
  await unpackPackages({
    product: 'MariaDB 10.11',
    suite: 'bookworm',
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    // For its plugins only, ed25519 logins among them.
    bare: ['mariadb-server'],
    root: join(folder, 'root'),
    scratch: join(folder, 'apt'),
    progress,
  });
}

/** How to run what fetchMariadb1011 left in `folder`. */
export async function findMariadb1011(folder: string): Promise<Binaries> {
  const root = join(folder, 'root');
  const share = join(root, 'usr/share/mysql');
  const command = commandInClosure(root, join(root, 'usr/sbin/mariadbd'));
  return {
    command,
    folderArgs: [
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${join(share, 'charsets')}`,
      `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
    ],
    scriptsDir: share,
    version: await readVersion(command, `delete ${folder} and prepare it again`),
  };
}

/** A MariaDB 10.11 installed on this machine, so that nothing needs to be fetched; null when there is none. */
export async function findInstalledMariadb(): Promise<Binaries | null> {
  const program = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/usr/local/bin/mariadbd'].find((path) =>
    existsSync(path),
  );
  const share = ['/usr/share/mysql', '/usr/share/mariadb', '/usr/local/share/mysql'].find((path) =>
    existsSync(join(path, SCRIPT)),
  );
  if (program === undefined || share === undefined) return null;
  const result = await run(program, ['--no-defaults', '--version']);
  const version = /Ver\s+(10\.11\.\S+)/.exec(result.stdout)?.[1];
  if (version === undefined) return null;
  return { command: [program], folderArgs: [], scriptsDir: share, version };
}
