import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

test('makes a folder with those above it, for its owner alone, and leaves one that is there', () => {
  const root = mkdtempSync(join(tmpdir(), 'make-folder-'));
  try {
    const deep = join(root, 'a', 'b');
    makeFolder(deep);
    makeFolder(deep);
    expect(existsSync(deep)).toBe(true);
    expect(statSync(deep).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(root, { recursive: true });
  }
});

// Where a file system takes no folders and says "no such file", mkdir with `recursive` of Node never comes back.
test.runIf(process.platform === 'linux').each(['/proc/nowhere/deep', '/dev/null/deep'])('fails at once: %s', (path) => {
  expect(() => makeFolder(path)).toThrow(/ENOENT|ENOTDIR/);
});
