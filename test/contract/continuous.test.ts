import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

test('continuous runs until it is told to stop, also where it knows no server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-continuous-'));
  const config = join(folder, 'orchestrator.conf.json');
  writeFileSync(config, JSON.stringify({ BackendDB: 'sqlite', SQLite3DataFile: join(folder, 'backend.db') }));
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--config', config, '-c', 'continuous']);
  const exit = once(child, 'exit');
  try {
    for await (const chunk of child.stderr) if (String(chunk).includes('orchestrator serves')) break;
    expect(await Promise.race([exit, sleep(500, 'runs')])).toBe('runs');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
