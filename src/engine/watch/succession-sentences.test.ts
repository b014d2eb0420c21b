import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import type { DeposedPrimary } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createExplanations } from './explanations.ts';
import { createSuccessionSentences } from './succession-sentences.ts';

const [OLD, NEW] = ['old:3306', 'new:3306'];
const [old, next] = [parseKey(OLD, 3306), parseKey(NEW, 3306)];
const BACK = `The former primary ${OLD} returned and was fenced; only it has x:7: do not rejoin it as it is.`;
const deposed: DeposedPrimary = {
  key: old,
  serverUuid: null,
  serverId: 1,
  clusterName: OLD,
  epoch: 3,
  successor: next,
  source: null,
  deposedAtMs: 0,
  fencedAtMs: null,
};

function scene(clusterOfNew: string) {
  const explanations = createExplanations({
    clock: createStillClock(),
    logger: SILENT,
    emit: () => undefined,
  });
  const sentences = createSuccessionSentences({ explanations, clusterOf: () => clusterOfNew });
  const told = () => explanations.list().map(({ clusterName, sentence }) => [clusterName, sentence]);
  const recovers = () => explanations.say(OLD, old, 'recovering', `Replacing ${OLD}.`);
  return { sentences, told, recovers };
}

it.each([OLD, NEW])(
  'a primary that is back before its recovery has ended is told of, not that it was replaced (in %s by then)',
  (clusterName) => {
    const { sentences, told, recovers } = scene(clusterName);
    recovers();
    sentences.returned(deposed, true, BACK);
    expect(told()).toContainEqual([clusterName, BACK]);
    sentences.replaced(OLD, old, next);
    expect(told()).toEqual([[NEW, BACK]]);
  },
);

it('a primary that is back afterwards is told of then, and the next recovery tells of itself', () => {
  const { sentences, told, recovers } = scene(NEW);
  recovers();
  sentences.replaced(OLD, old, next);
  expect(told()).toEqual([[NEW, `${NEW} replaced ${OLD}, which was dead.`]]);
  sentences.returned(deposed, true, BACK);
  expect(told()).toEqual([[NEW, BACK]]);
  recovers();
  sentences.replaced(OLD, old, next);
  expect(told()).toEqual([[NEW, `${NEW} replaced ${OLD}, which was dead.`]]);
});

it('what was said of a return during a recovery that failed is not said again when another one succeeds', () => {
  const { sentences, told, recovers } = scene(NEW);
  recovers();
  sentences.returned(deposed, true, BACK);
  sentences.notReplaced(old);
  recovers();
  sentences.replaced(OLD, old, next);
  expect(told()).toEqual([[NEW, `${NEW} replaced ${OLD}, which was dead.`]]);
});
