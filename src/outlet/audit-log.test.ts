import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuditLog, formatAuditLine } from './audit-log.ts';
import { createSyslog } from './syslog.ts';
import { realClock } from './testing/fakes.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const entry = (message: string) => ({
  type: 'begin-downtime',
  key: { hostname: 'db1', port: 3306 },
  clusterName: 'db0:3306',
  message,
});

describe('the file', () => {
  test('gets one line for each entry, in order, also after it was rotated away', async () => {
    const file = join(directory, 'audit.log');
    const log = createAuditLog({ clock: realClock, syslog: null, onFailure: () => {} }, { file });
    for (let n = 0; n < 100; n++) log.write(entry(`n=${n}`));
    await log.close();
    expect(
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t').at(-1)),
    ).toEqual(Array.from({ length: 100 }, (_, n) => `n=${n}`));
    renameSync(file, `${file}.1`);
    log.write(entry('after'));
    await log.close();
    expect(readFileSync(file, 'utf8')).toContain('after');
  });

  test('one that cannot be written is told once', async () => {
    const failures: string[] = [];
    const file = join(directory, 'missing', 'audit.log');
    const log = createAuditLog(
      { clock: realClock, syslog: null, onFailure: (message) => failures.push(message) },
      { file },
    );
    log.write(entry('a'));
    await log.close();
    log.write(entry('b'));
    await log.close();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain(file);
  });

  test('a line has its fields between tabs and never breaks', () => {
    expect(formatAuditLine(entry('two\nlines\tand a tab'), Date.UTC(2026, 0, 31, 12, 0, 0))).toBe(
      '2026-01-31 12:00:00\tbegin-downtime\tdb1\t3306\t[db0:3306]\ttwo lines and a tab',
    );
  });
});

describe('syslog, by a stand-in for the program logger', () => {
  const standIn = (script: string): string => {
    const program = join(directory, 'logger');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    return program;
  };

  test('lines arrive with their priority', async () => {
    const program = standIn(`echo "$@" > ${directory}/arguments; exec cat > ${directory}/lines`);
    const failures: string[] = [];
    const syslog = createSyslog(
      { clock: realClock, onFailure: (message) => failures.push(message) },
      { program, tag: 'orchestrator' },
    );
    syslog.write('first\nline', 6);
    createAuditLog({ clock: realClock, syslog, onFailure: () => {} }, { file: '' }).write(entry('audited'));
    await syslog.close();
    expect(readFileSync(join(directory, 'arguments'), 'utf8')).toContain('--tag orchestrator');
    const lines = readFileSync(join(directory, 'lines'), 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('<6>first line');
    expect(lines[1]).toMatch(/^<6>.*audited$/);
    expect(failures).toEqual([]);
  });

  test.each([
    ['a program that is missing', () => join(directory, 'none'), 'ENOENT'],
    ['a program that ends', () => standIn('echo "no socket" >&2; exit 1'), 'no socket'],
  ])('%s is told once, and nothing breaks', async (_, makeProgram, reason) => {
    let tell: (message: string) => void = () => {};
    const told = new Promise<string>((resolve) => {
      tell = resolve;
    });
    let count = 0;
    const onFailure = (message: string): void => {
      count += 1;
      tell(message);
    };
    const syslog = createSyslog({ clock: realClock, onFailure }, { program: makeProgram(), tag: 't' });
    syslog.write('a', 6);
    expect(await told).toContain(reason);
    syslog.write('b', 6);
    await syslog.close();
    syslog.write('c', 6);
    expect(count).toBe(1);
  });
});
