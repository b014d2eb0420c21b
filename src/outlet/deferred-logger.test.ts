import { expect, it } from 'vitest';
import { createDeferredLogger } from './deferred-logger.ts';
import { createLogger } from './logger.ts';

function opening() {
  const lines: string[] = [];
  let opened = 0;
  const open = async () => {
    opened += 1;
    const sink = { write: (line: string) => void lines.push(line) };
    return createLogger({ sink, second: null }, { level: 'warn', format: 'json', withStack: false });
  };
  return { open, lines, opened: () => opened };
}

it('opens nothing for lines that nobody wants', async () => {
  const { open, opened } = opening();
  const logger = createDeferredLogger('error', open);
  logger.info({}, 'one');
  logger.warn({}, 'two');
  await logger.close();
  expect(opened()).toBe(0);
});

it('is opened once, by the first line that is wanted, and close() waits for all lines in order', async () => {
  const { open, lines, opened } = opening();
  const logger = createDeferredLogger('warn', open);
  logger.debug({}, 'zero');
  logger.warn({ server: 'db1:3306' }, 'one');
  logger.fatal({}, 'two');
  await logger.close();
  expect(opened()).toBe(1);
  expect(lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)).toEqual(['one', 'two']);
  expect(lines[0]).toContain('db1:3306');
});
