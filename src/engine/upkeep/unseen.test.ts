import { expect, it } from 'vitest';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createUnseen } from './unseen.ts';

const DAY_MS = 86_400_000;
const GONE = parseKey('db1:3306', 3306);
const OTHER = 'db2:3306';

/** Two servers that answered. */
function scene({ isDeposed = false } = {}) {
  const clock = createStillClock(1_000_000_000);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const answer = (name: string): void => fleet.answered(instanceOf(name));
  for (const name of [formatKey(GONE), OTHER]) answer(name);
  const unseen = createUnseen(
    { fleet, clock, isDeposed: () => isDeposed },
    { instancePollSeconds: 5, forgetUnseenMs: 10 * DAY_MS },
  );
  const names = (): string[] => unseen.gone().map(({ key }) => formatKey(key));
  /** A poll later: db1 does not answer. */
  const fail = (): void => {
    clock.pass(5_000);
    fleet.failed(GONE, 'it refused the connection', false);
  };
  return { clock, answer, fail, names };
}

it('a server that still does not answer, while another one does, is gone', () => {
  const { clock, answer, fail, names } = scene();
  clock.pass(11 * DAY_MS);
  fail();
  answer(OTHER);
  // It may have been asked before we reached anybody.
  expect(names()).toEqual([]);
  expect(names()).toEqual([]);
  fail();
  expect(names()).toEqual(['db1:3306']);
});

it('one that answered is not, wherever the clock has gone since', () => {
  const { clock, answer, names } = scene();
  clock.pass(11 * DAY_MS);
  answer(OTHER);
  for (let time = 0; time < 3; time += 1) expect(names()).toEqual([]);
});

it('one whose failed check was made before the clock went there is not', () => {
  const { clock, answer, fail, names } = scene();
  fail();
  clock.pass(11 * DAY_MS);
  answer(OTHER);
  for (let time = 0; time < 3; time += 1) expect(names()).toEqual([]);
});

it('nobody is while nobody answers, nor when the network comes up and they answer', () => {
  const { clock, answer, fail, names } = scene();
  clock.pass(11 * DAY_MS);
  for (let time = 0; time < 3; time += 1) {
    fail();
    expect(names()).toEqual([]);
  }
  answer(OTHER);
  expect(names()).toEqual([]);
  answer(formatKey(GONE));
  expect(names()).toEqual([]);
});

it('a deposed primary is not: it is to be fenced whenever it comes back', () => {
  const { clock, answer, fail, names } = scene({ isDeposed: true });
  clock.pass(11 * DAY_MS);
  for (let time = 0; time < 3; time += 1) {
    fail();
    answer(OTHER);
    expect(names()).toEqual([]);
  }
});

it('one that is not asked any more, since a filter leaves it out, is gone once others have answered for a while', () => {
  const { clock, answer, names } = scene();
  clock.pass(11 * DAY_MS);
  answer(OTHER);
  expect(names()).toEqual([]);
  clock.pass(59_000);
  answer(OTHER);
  expect(names()).toEqual([]);
  clock.pass(2_000);
  expect(names()).toEqual(['db1:3306']);
});
