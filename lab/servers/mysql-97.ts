import { join } from 'node:path';
import { unpackPackages } from './apt.ts';
import { type Binaries, commandInClosure, readVersion } from './binaries.ts';
import type { Progress } from './cache.ts';

/**
 * MySQL of the 9.7 line, from Debian unstable: unpacked, not installed. The version there moves; nothing is pinned.
 */
export async function fetchMysql97(folder: string, progress: Progress): Promise<void> {
  await unpackPackages({
    product: 'MySQL 9.7',
    suite: 'sid',
    packages: ['mysql-server-core', 'mysql-client-core'],
    root: join(folder, 'root'),
    scratch: join(folder, 'apt'),
    progress,
  });
}

/** How to run what fetchMysql97 left in `folder`. */
export async function findMysql97(folder: string): Promise<Binaries> {
  const root = join(folder, 'root');
  const command = commandInClosure(root, join(root, 'usr/sbin/mysqld'));
  return {
    command,
    folderArgs: [
      `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
      `--character-sets-dir=${join(root, 'usr/share/mysql/charsets')}`,
      `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
      '--secure-file-priv=NULL',
    ],
    scriptsDir: null,
    version: await readVersion(command, `delete ${folder} and prepare it again`),
  };
}
