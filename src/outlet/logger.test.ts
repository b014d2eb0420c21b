import { describe, expect, test } from 'vitest';
import { OrchestratorError } from '../model/error.ts';
import { Secret } from '../model/secret.ts';
import { logLevelOf } from './log-level.ts';
import { createLogger, type LoggerSettings } from './logger.ts';

function createMemory(settings: Partial<LoggerSettings> = {}) {
  const lines: string[] = [];
  const logger = createLogger(
    { sink: { write: (line) => lines.push(line) }, second: null },
    { level: 'info', format: 'json', withStack: false, ...settings },
  );
  return { lines, logger };
}

const parse = (line: string | undefined): Record<string, unknown> =>
  JSON.parse(line ?? '{}') as Record<string, unknown>;

describe('json', () => {
  test('one object a line, data in fields, levels below left out', () => {
    const { lines, logger } = createMemory();
    logger.debug({}, 'not this');
    logger.info({ cluster: 'a', servers: 3 }, 'discovered');
    expect(lines).toHaveLength(1);
    expect(parse(lines[0])).toMatchObject({ level: 30, msg: 'discovered', cluster: 'a', servers: 3 });
    expect(lines[0]?.endsWith('\n')).toBe(true);
  });

  test('secrets print as ***', () => {
    const { lines, logger } = createMemory();
    logger.info({ password: 'geheim', credentials: { password: 'geheim', user: 'u' }, key: new Secret('geheim') }, 'x');
    expect(lines[0]).not.toContain('geheim');
    expect(parse(lines[0])).toMatchObject({ password: '***', credentials: { password: '***', user: 'u' }, key: '***' });
  });

  test('errors bring message, code and details; their stack only when asked for', () => {
    const error = new OrchestratorError('store-full', 'no space', {
      details: { file: '/x' },
      cause: new Error('ENOSPC'),
    });
    const plain = createMemory();
    plain.logger.error({ err: error }, 'failed');
    expect(parse(plain.lines[0]).err).toEqual({
      message: 'no space',
      code: 'store-full',
      details: { file: '/x' },
      cause: 'ENOSPC',
    });
    const withStack = createMemory({ withStack: true });
    withStack.logger.error({ err: error }, 'failed');
    expect(parse(withStack.lines[0]).err).toHaveProperty('stack', expect.stringContaining('logger.test'));
  });
});

describe('human', () => {
  test('one line: time, level, message, fields', () => {
    const { lines, logger } = createMemory({ format: 'human' });
    logger.warn({ host: 'db1:3306', text: 'two words', n: 1, list: ['a'] }, 'slow server');
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} WARN {2}slow server host=db1:3306 text="two words" n=1 list=\["a"\]\n$/,
    );
  });

  test('an error on one line, its stack below', () => {
    const { lines, logger } = createMemory({ format: 'human', withStack: true });
    logger.error({ err: new OrchestratorError('x-y', 'went\nwrong') }, 'failed');
    const [first, second] = (lines[0] ?? '').split('\n');
    expect(first).toContain('failed err="went\\nwrong" code=x-y');
    expect(second).toContain('OrchestratorError: went');
  });
});

test('a second sink has its own level, and human lines', () => {
  const lines: string[] = [];
  const second: [string, number][] = [];
  const logger = createLogger(
    {
      sink: { write: (line) => lines.push(line) },
      second: { level: 'info', write: (line, level) => second.push([line, level]) },
    },
    { level: 'error', format: 'json', withStack: false },
  );
  logger.info({ a: 1 }, 'told');
  logger.error({}, 'both');
  expect(lines).toHaveLength(1);
  expect(second.map(([line, level]) => [line.replace(/^\S+ \S+ /, ''), level])).toEqual([
    ['INFO  told a=1', 30],
    ['ERROR both', 50],
  ]);
});

test('fatal writes what waits', () => {
  let flushed = 0;
  const logger = createLogger(
    { sink: { write: () => {}, flushSync: () => flushed++ }, second: null },
    { level: 'info', format: 'human', withStack: false },
  );
  logger.fatal({}, 'the end');
  expect(flushed).toBeGreaterThan(0);
});

test('levels by flags', () => {
  const none = { quiet: false, verbose: false, debug: false };
  expect(logLevelOf(none, false, 'warn')).toBe('warn');
  expect(logLevelOf(none, true, 'warn')).toBe('debug');
  expect(logLevelOf({ ...none, quiet: true }, true, 'warn')).toBe('error');
  expect(logLevelOf({ ...none, quiet: true, verbose: true }, false, 'warn')).toBe('info');
  expect(logLevelOf({ quiet: true, verbose: true, debug: true }, false, 'warn')).toBe('debug');
});
