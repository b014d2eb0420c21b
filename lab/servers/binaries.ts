import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../error.ts';
import { lastWords, run } from '../run.ts';

/** How to run one server program, wherever it came from. */
export interface Binaries {
  /** The program and its first arguments (an unpacked closure is started through its own dynamic loader). */
  readonly command: readonly string[];
  /** Arguments naming the program's own folders: messages, character sets, plugins. */
  readonly folderArgs: readonly string[];
  /** The folder of the SQL scripts that make the system tables; null where the server makes them itself. */
  readonly scriptsDir: string | null;
  /** As the program prints it with --version: "9.7.4-2", "5.6.24", "10.11.19-MariaDB-0+deb12u1". */
  readonly version: string;
}

const LOADERS: Readonly<Partial<Record<NodeJS.Architecture, { readonly triplet: string; readonly loader: string }>>> = {
  x64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/**
 * The command that starts `program` with the libraries of the unpacked closure `root` only, libc included, so that the
 * machine's own libraries do not matter. Throws LabError 'prepare-failed' when the closure has no loader.
 */
export function commandInClosure(root: string, program: string): readonly string[] {
  const machine = LOADERS[process.arch];
  if (machine === undefined) {
    throw new LabError(
      'unsupported',
      `the lab has servers for x64 and arm64 only, and this machine is ${process.arch}`,
    );
  }
  const libraryDirs = [join(root, 'usr/lib', machine.triplet), join(root, 'lib', machine.triplet)];
  const loader = ['usr/lib64', 'lib64', 'lib', `usr/lib/${machine.triplet}`, `lib/${machine.triplet}`]
    .map((folder) => join(root, folder, machine.loader))
    .find((path) => existsSync(path));
  if (loader === undefined) {
    throw new LabError('prepare-failed', `no ${machine.loader} in ${root}; delete that folder and prepare it again`);
  }
  return [loader, '--library-path', libraryDirs.join(':'), program];
}

/** Asks a server program for its version. Throws LabError 'prepare-failed' when it does not run. */
export async function readVersion(command: readonly string[], remedy: string): Promise<string> {
  const [program = '', ...args] = command;
  const result = await run(program, [...args, '--no-defaults', '--version']);
  const version = /Ver\s+(\S+)/.exec(result.stdout)?.[1];
  if (result.code !== 0 || version === undefined) {
    throw new LabError('prepare-failed', `${command.at(-1)} does not run (${lastWords(result)}); ${remedy}`);
  }
  return version;
}
