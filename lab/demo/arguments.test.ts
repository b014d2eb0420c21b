import { expect, test } from 'vitest';
import { LabError } from '../error.ts';
import { readDemoOptions } from './arguments.ts';

test('reads what follows npm run demo --', () => {
  expect(readDemoOptions([])).toEqual({ flavour: null, port: 3000, help: false });
  expect(readDemoOptions(['--flavour', 'mysql-5.6', '--port', '3333'])).toMatchObject({
    flavour: 'mysql-5.6',
    port: 3333,
  });
  expect(readDemoOptions(['-h']).help).toBe(true);
});

test('says in one sentence what is wrong', () => {
  for (const [args, message] of [
    [['--port', 'abc'], /^"abc" is no port; write e\.g\. --port 3333$/],
    [['--port', '70000'], /^"70000" is no port/],
    [['--frob'], /^Unknown option '--frob'.* \(npm run demo -- --help lists the options\)$/],
    [['extra'], /^Unexpected argument 'extra'/],
  ] as const) {
    expect(() => readDemoOptions(args)).toThrow(LabError);
    expect(() => readDemoOptions(args)).toThrow(message);
  }
});
