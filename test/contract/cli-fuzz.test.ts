import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientEnvironment } from '../../src/cli/client/environment.ts';
import { CLIENT_COMMANDS, runClient } from '../../src/cli/client/run-client.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { FLAGS } from '../../src/cli/flags.ts';
import { isLong, SEEDS_TIMEOUT_MS } from '../simulator/seeds.ts';
import { runTestCli } from './support/cli.ts';
import { complaintAbout } from './support/fuzz-ask.ts';
import { NAMES_OF_OBJECTS, SQL_PAYLOADS } from './support/fuzz-values.ts';

const RUNS = { numRuns: isLong ? 20_000 : 400, ...(isLong ? {} : { seed: 1 }), endOnFailure: true };
const OPTIONS = { timeout: SEEDS_TIMEOUT_MS };

const COMMAND_NAMES = COMMANDS.flatMap(({ name, synonyms = [] }) => [name, ...synonyms]);
const LONG_WORD = 'relocate'.repeat(12_500);

/** What may stand behind a flag, or alone. */
const word = fc.oneof(
  fc.constantFrom('10.0.0.1:11', '10.0.0.1:12', 'shop', 'role=backup', '30s', '7', 'prefer', 'bin.000001:4'),
  fc.constantFrom(
    '0',
    '-1',
    '65536',
    '1e9',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    ':',
    '[::1]',
    ',',
    ', ,',
    '',
    ' ',
    '(',
    '[a-',
    '=',
    '-=',
    '---',
  ),
  fc.constantFrom(...SQL_PAYLOADS, ...NAMES_OF_OBJECTS, LONG_WORD, '\u0000', 'a\nb', '💥', 'NaN', 'null'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
/** Whoever asks for stack traces is shown the inside. */
const FLAG_NAMES = FLAGS.map(({ name }) => name).filter((name) => name !== 'stack');
const flag = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...FLAG_NAMES) }, { weight: 1, arbitrary: word });
const argument = fc.oneof(
  fc.tuple(fc.constantFrom('-', '--'), flag).map(([dashes, name]) => [dashes + name]),
  fc.tuple(fc.constantFrom('-', '--'), flag, word).map(([dashes, name, value]) => [dashes + name, value]),
  fc.tuple(fc.constantFrom('-', '--'), flag, word).map(([dashes, name, value]) => [`${dashes}${name}=${value}`]),
  fc.constantFrom(['--'], ['-'], ['cli'], ['http'], ['help'], ['help', 'x']),
  word.map((one) => [one]),
);
const command = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...COMMAND_NAMES).map((name) => ['-c', name]) },
  { weight: 1, arbitrary: word.map((name) => ['-c', name]) },
  { weight: 1, arbitrary: fc.constant([]) },
);
const anyArguments = fc.tuple(command, fc.array(argument, { maxLength: 5 })).map((parts) => parts.flat(2));

/** A failed run says why, and shows nothing of the inside; a good one exits with 0. */
function expectSane({ code, err }: { readonly code: number; readonly err: string }): void {
  expect([0, 1, 2]).toContain(code);
  expect(complaintAbout({ status: 500, contentType: '', text: err })).toBeNull();
  if (code !== 0) expect(err.trim()).not.toBe('');
}

describe('orchestrator', () => {
  test('whatever the arguments, it ends with an exit code and, if it fails, with the reason', OPTIONS, () =>
    fc.assert(
      fc.asyncProperty(anyArguments, async (argv) => expectSane(await runTestCli(argv))),
      RUNS,
    ),
  );

  test('nonsense is answered in one sentence', OPTIONS, async () => {
    const nonsense: readonly (readonly [argv: readonly string[], code: number])[] = [
      ...['nosuch', '__proto__', 'constructor', '💥', LONG_WORD].flatMap((name) => [
        [[`--${name}`], 2] as const,
        [['-c', name], 1] as const,
        [[name], 1] as const,
        [[`-debug=${name}`, '-c', 'clusters'], 2] as const,
      ]),
      [['-c'], 2],
      [['-c', 'clusters', '-i'], 2],
      [['-c', 'relocate', '-i', '10.0.0.1:13', '-d', '10.0.0.1:70000'], 1],
      [['-c', 'which-instance', '-i', '10.0.0.1:0'], 1],
      [['-c', 'find', '-pattern', '('], 1],
      [['-c', 'begin-downtime', '-i', '10.0.0.1:11', '-reason', 'x', '-duration', 'soon'], 1],
    ];
    for (const [argv, code] of nonsense) {
      const run = await runTestCli(argv);
      const shown = argv.join(' ').slice(0, 80);
      expect(run.code, `${shown}: ${run.out.slice(0, 200)}`).toBe(code);
      expectSane(run);
      // The sentence itself; below it there may be a list of what would be understood.
      expect(run.err.split('\n')[0], shown).toMatch(/\w+ \w+/);
    }
  });
});

describe('orchestrator-client', () => {
  const client = async (argv: readonly string[]) => {
    let err = '';
    const code = await runClient(argv, {
      fetch: async () =>
        Response.json({ Code: 'ERROR', Message: 'refused by the test', Details: null }, { status: 500 }),
      sleep: async () => {},
      stdout: () => {},
      stderr: (text) => {
        err += text;
      },
      environment: clientEnvironment({ ORCHESTRATOR_API: 'http://127.0.0.1:1/api' }, ''),
      username: 'orc',
      pid: 42,
    });
    return { code, err };
  };

  test('whatever the arguments, it ends with an exit code and, if it fails, with the reason', OPTIONS, () => {
    const known = fc.constantFrom(...CLIENT_COMMANDS.map(({ name }) => name)).map((name) => ['-c', name]);
    const letters = fc.constantFrom(...'cidsaoruRltHUPqbenS');
    const given = fc.oneof(
      argument,
      fc.tuple(letters, word).map(([letter, value]) => [`-${letter}`, value]),
    );
    const argv = fc.tuple(known, fc.array(given, { maxLength: 5 })).map((parts) => parts.flat(2));
    return fc.assert(
      fc.asyncProperty(argv, async (one) => expectSane(await client(one))),
      RUNS,
    );
  });
});
