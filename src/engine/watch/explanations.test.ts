import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import type { Clock, Logger } from '../ports.ts';
import { createExplanations } from './explanations.ts';

const P = parseKey('p:3306', 3306);

function scene() {
  const at = { ms: 1 };
  const [logged, emitted]: [unknown[], string[]] = [[], []];
  const explanations = createExplanations({
    clock: { now: () => at.ms } as Clock,
    logger: { info: (data: unknown) => void logged.push(data) } as unknown as Logger,
    emit: (event) => void (event.kind === 'explanation' && emitted.push(event.explanation.sentence)),
  });
  return { at, explanations, logged, emitted, sentences: () => explanations.list().map(({ sentence }) => sentence) };
}

it('that a cluster is well is kept up to date, and logged once', () => {
  const { explanations, logged, emitted, sentences } = scene();
  explanations.sayWell('p:3306', P, '4 of 4 replicas follow it.');
  explanations.sayWell('p:3306', P, '4 of 4 replicas follow it.');
  explanations.sayWell('p:3306', P, '3 of 4 replicas follow it.');
  expect(sentences()).toEqual(['3 of 4 replicas follow it.']);
  expect(emitted).toHaveLength(2);
  expect(logged).toHaveLength(1);
});

it('what was decided of a cluster stays, however well it is by now', () => {
  const { explanations, sentences } = scene();
  explanations.say('p:3306', P, 'recovered', 'p replaced q.');
  explanations.sayWell('p:3306', P, '3 of 3 replicas follow it.');
  expect(sentences()).toEqual(['p replaced q.']);
});

it('of a cluster that is no more nobody says that it is well', () => {
  const { explanations, sentences } = scene();
  explanations.sayWell('p:3306', P, 'p answers.');
  explanations.say('q:3306', null, 'failed', 'The recovery of q failed.');
  explanations.dropGone(() => false);
  expect(sentences()).toEqual(['The recovery of q failed.']);
});

it('how a cluster was recovered that is no more, as after a takeover by another process, is said a minute longer', () => {
  const { at, explanations, sentences } = scene();
  explanations.say('p:3306', P, 'recovered', 'p replaced q.');
  at.ms += 60_000;
  explanations.dropGone(() => false);
  expect(sentences()).toEqual(['p replaced q.']);
  at.ms += 1;
  explanations.dropGone(() => true);
  expect(sentences()).toEqual(['p replaced q.']);
  explanations.dropGone(() => false);
  expect(sentences()).toEqual([]);
});
