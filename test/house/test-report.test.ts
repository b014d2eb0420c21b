import { describe, expect, it } from 'vitest';
import { countsOf, failedNames, triedAgain, withSecondTry } from '../../scripts/test-report.mjs';

const file = (path: string, ...results: readonly (readonly [string, string, string?])[]) => ({
  name: `/repo/${path}`,
  status: results.some(([, status]) => status === 'failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: results.map(([fullName, status, message]) => ({
    fullName,
    status,
    failureMessages: message === undefined ? [] : [message],
  })),
});
const unloadable = (path: string, message: string) => ({ ...file(path), status: 'failed', message });
const late = ['is healed', 'failed', 'Error: waited 30000 ms for server 2'] as const;
const fine = ['is fine', 'passed'] as const;

describe('the report of a test run', () => {
  it('counts tests, and a file that could not be loaded as one that failed', () => {
    const report = { testResults: [file('a', fine, late, ['x', 'pending']), unloadable('b', 'no such module')] };
    expect(countsOf(report)).toEqual({ passed: 1, failed: 2, skipped: 1 });
    expect(failedNames(report)).toEqual(['is healed', '/repo/b']);
  });

  it('has files on real servers run once more', () => {
    const report = { testResults: [file('test/cluster/a.test.ts', fine, late), file('test/cluster/b.test.ts', fine)] };
    expect(triedAgain(report, '/repo')).toEqual(['test/cluster/a.test.ts']);
    expect(triedAgain({ testResults: [unloadable('test/e2e/c.test.ts', 'no port')] }, '/repo')).toHaveLength(1);
    expect(triedAgain({ testResults: [file('test/cluster/b.test.ts', fine)] }, '/repo')).toEqual([]);
  });

  it.each([
    ['a broken promise about data', [file('test/cluster/a.test.ts', ['x', 'failed', 'SafetyViolation: 1 rows'])]],
    ['one told by another error', [file('test/cluster/a.test.ts', ['x', 'failed', 'Error: SafetyViolation: 1 row'])]],
    ['a counter-example', [file('test/contract/a.test.ts', ['x', 'failed', 'Error: Property failed after 3 tests'])]],
    ['what is computed', [file('src/plan/a.test.ts', late)]],
    ['anything beside that', [file('test/cluster/a.test.ts', late), file('test/simulator/b.test.ts', late)]],
    ['many at once', [1, 2, 3, 4].map((number) => file(`test/cluster/${number}.test.ts`, late))],
  ])('does not forgive %s', (_, testResults) => {
    expect(triedAgain({ testResults }, '/repo')).toEqual([]);
  });

  it('has the second try of a file in the place of its first', () => {
    const first = { testResults: [file('a', late, fine), file('b', fine)] };
    const second = { testResults: [file('a', ['is healed', 'passed'], ['is fine', 'failed', 'no'])] };
    expect(countsOf(withSecondTry(first, second))).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });
});
