/** What vitest's JSON report comes to, and which files of it are tried once more. Pure. */
import { relative, sep } from 'node:path';

export const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/** Only these meet sockets, processes, servers or a browser: the rest is computed, and fails for a reason or not at all. */
const MEET_A_MACHINE = ['test/cluster/', 'test/e2e/', 'test/contract/'];
/** Lost rows, a second writable server; a counter-example that was found. Once is enough. */
const NOT_FORGIVEN = /SafetyViolation|Property failed/;
/** More than that is no stumble of the machine. */
const MOST_TRIED_AGAIN = 3;

const failuresOf = (file) => file.assertionResults.filter(({ status }) => status === 'failed');

const hasFailed = (file) => file.status === 'failed' || failuresOf(file).length > 0;

/** @returns {{ passed: number, failed: number, skipped: number }} A file that could not be loaded counts as one failure. */
export function countsOf(report) {
  const counts = { ...NOTHING };
  for (const file of report.testResults) {
    const states = file.assertionResults.map(({ status }) => status);
    counts.passed += states.filter((state) => state === 'passed').length;
    counts.failed += failuresOf(file).length;
    counts.skipped += states.filter((state) => state !== 'passed' && state !== 'failed').length;
    if (file.status === 'failed' && !states.includes('failed')) counts.failed += 1;
  }
  return counts;
}

/**
 * The files that are run once more, alone: all that failed, or none.
 * @returns {string[]} paths below `root`, with slashes
 */
export function triedAgain(report, root) {
  const failed = report.testResults.filter(hasFailed);
  const paths = failed.map(({ name }) => relative(root, name).split(sep).join('/'));
  const mayBe =
    paths.length <= MOST_TRIED_AGAIN &&
    paths.every((path) => MEET_A_MACHINE.some((folder) => path.startsWith(folder))) &&
    !failed.some((file) => NOT_FORGIVEN.test(file.message) || failuresOf(file).some(isNotForgiven));
  return mayBe ? paths : [];
}

const isNotForgiven = ({ failureMessages }) => failureMessages.some((message) => NOT_FORGIVEN.test(message));

/** The first report with the files of the second in the place of its own. */
export function withSecondTry(first, second) {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  return { ...first, testResults: first.testResults.map((file) => again.get(file.name) ?? file) };
}

/** The names of the tests that failed. */
export const failedNames = (report) =>
  report.testResults.filter(hasFailed).flatMap((file) => {
    const names = failuresOf(file).map(({ fullName }) => fullName);
    return names.length > 0 ? names : [file.name];
  });
