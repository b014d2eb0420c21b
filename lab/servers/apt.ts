import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../error.ts';
import { lastWords, type RunResult, run } from '../run.ts';
import { findDebianArchive, writeSources } from './apt-sources.ts';
import type { Progress } from './cache.ts';

export interface UnpackRequest {
  /** For messages: "MySQL 9.7". */
  readonly product: string;
  /** The Debian suite to take the packages from, whatever suite this machine runs. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Packages of which only the files are wanted, not what they depend on. */
  readonly bare?: readonly string[];
  /** The folder that becomes the root of the unpacked closure. */
  readonly root: string;
  /** An empty folder for apt's own files; removed at the end. */
  readonly scratch: string;
  readonly progress: Progress;
}

/**
 * Downloads Debian packages with everything they depend on (libc included) and unpacks them into one folder. Nothing is
 * installed: apt works on private folders and believes in a machine without any package, so no root rights are needed.
 * Throws LabError 'fetch-failed' in one sentence with the remedy.
 */
export async function unpackPackages(request: UnpackRequest): Promise<void> {
  const archive = findDebianArchive(sourceTexts());
  if (archive === null) {
    throw new LabError(
      'fetch-failed',
      `cannot fetch ${request.product}: no Debian archive stands in this machine's apt sources; run the lab on Debian 12 or newer`,
    );
  }
  const options = privateOptions(request.scratch);
  writeFileSync(join(request.scratch, 'lab.sources'), writeSources(archive, request.suite));

  request.progress(`reading the package list of Debian ${request.suite}`);
  // Without this, apt only warns about an archive it cannot reach and goes on with nothing.
  const strict = ['-o', 'APT::Update::Error-Mode=any'];
  await apt(request, [...options, ...strict, 'update'], 'the package list cannot be read');
  request.progress(`downloading ${request.packages.join(', ')} and what they need`);
  const install = ['-y', '-d', '--no-install-recommends', 'install', ...request.packages];
  await apt(request, [...options, ...install], 'the packages cannot be downloaded');

  for (const name of request.bare ?? []) {
    request.progress(`downloading ${name} alone`);
    const folder = archives(request.scratch);
    await apt(request, [...options, 'download', name], `${name} cannot be downloaded`, folder);
  }

  const debs = readdirSync(archives(request.scratch)).filter((name) => name.endsWith('.deb'));
  request.progress(`unpacking ${debs.length} packages`);
  mkdirSync(request.root, { recursive: true });
  for (const deb of debs) {
    const unpacked = await run('dpkg-deb', ['-x', join(archives(request.scratch), deb), request.root]);
    if (unpacked.code !== 0) {
      throw new LabError('fetch-failed', `cannot unpack ${deb}: ${lastWords(unpacked)}; is the disk full?`);
    }
  }
  rmSync(request.scratch, { recursive: true, force: true });
}

async function apt(
  request: UnpackRequest,
  args: readonly string[],
  problem: string,
  folder?: string,
): Promise<RunResult> {
  const result = await run('apt-get', args, {
    ...(folder === undefined ? {} : { cwd: folder }),
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.code !== 0) {
    throw new LabError(
      'fetch-failed',
      `cannot fetch ${request.product}: ${problem} (${lastWords(result, 2)}); check the network and this machine's apt sources, then try again`,
    );
  }
  return result;
}

function archives(scratch: string): string {
  return join(scratch, 'cache', 'archives');
}

function privateOptions(scratch: string): readonly string[] {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'none']) {
    mkdirSync(join(scratch, folder), { recursive: true });
  }
  const settings = [
    `Dir::Etc::sourcelist=${join(scratch, 'lab.sources')}`,
    `Dir::Etc::sourceparts=${join(scratch, 'none')}`,
    'Dir::Etc::preferences=/dev/null',
    `Dir::Etc::preferencesparts=${join(scratch, 'none')}`,
    `Dir::State=${scratch}`,
    `Dir::State::Lists=${join(scratch, 'lists')}`,
    // No package counts as installed, so the whole closure is downloaded and depends on nothing of this machine.
    'Dir::State::status=/dev/null',
    `Dir::Cache=${join(scratch, 'cache')}`,
    'APT::Sandbox::User=root',
    'APT::Get::AllowUnauthenticated=false',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    'Debug::NoLocking=1',
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}

function sourceTexts(): readonly string[] {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(sources|list)$/.test(name)) : [];
  const paths = ['/etc/apt/sources.list', ...names.map((name) => join(parts, name))];
  return paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'));
}
