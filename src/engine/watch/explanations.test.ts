import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import type { Clock, Logger } from '../ports.ts';
import { createExplanations } from './explanations.ts';

const P = parseKey('p:3306', 3306);

function scene() {
  const [logged, emitted]: [unknown[], string[]] = [[], []];
  const explanations = createExplanations({
    clock: { now: () => 1 } as Clock,
    logger: { info: (data: unknown) => void logged.push(data) } as unknown as Logger,
    emit: (event) => void (event.kind === 'explanation' && emitted.push(event.explanation.sentence)),
  });
  return { explanations, logged, emitted, sentences: () => explanations.list().map(({ sentence }) => sentence) };
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
