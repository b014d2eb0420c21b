import { statSync } from 'node:fs';
import { messageOf, OrchestratorError } from '../../model/error.ts';

// Primary result codes, https://www.sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** The primary result code of something SQLite threw; null when it is no SQLite error. */
export function sqliteCode(thrown: unknown): number | null {
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return null;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : null;
}

/** True when another connection holds the lock: worth trying again. */
export const isSqliteBusy = (thrown: unknown): boolean => {
  const code = sqliteCode(thrown);
  return code === BUSY || code === LOCKED;
};

/** Turns what SQLite threw into our error, naming the file and what to do. */
export function sqliteError(thrown: unknown, file: string): OrchestratorError {
  if (thrown instanceof OrchestratorError) return thrown;
  const known = sqliteCode(thrown);
  const [code, remedy] = (known === CANTOPEN && isFolder(file) ? IS_FOLDER : REMEDIES.get(known ?? 0)) ?? [
    'store-failed',
    'look at the message; if the file is at fault, restore it from a backup',
  ];
  return new OrchestratorError(code, `SQLite3DataFile ${file}: ${messageOf(thrown)}; ${remedy}`, {
    details: { file },
    cause: thrown,
  });
}

/** Never throws: the path may lead through a file, or may not be looked at. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

const IS_FOLDER = ['store-unopenable', 'this is a folder; name a file in it'] as const;

const REMEDIES = new Map<number, readonly [string, string]>([
  [BUSY, ['store-locked', 'another process keeps it locked; stop that process, or give each its own file']],
  [LOCKED, ['store-locked', 'another connection keeps a table locked; try again']],
  [READONLY, ['store-read-only', 'make the file and its folder writable for this user']],
  [IOERR, ['store-io', 'check the disk and the file system it lies on']],
  [
    CORRUPT,
    ['store-corrupt', 'move it aside and restore a backup; with a new empty file the topology is discovered again'],
  ],
  [FULL, ['store-full', 'free space on its disk']],
  [
    CANTOPEN,
    ['store-unopenable', 'create its folder and make both writable for this user, or correct SQLite3DataFile'],
  ],
  [NOTADB, ['store-corrupt', 'this is no SQLite file; correct SQLite3DataFile or move the file aside']],
]);
