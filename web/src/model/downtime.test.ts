import { expect, it } from 'vitest';
import { downtimeSentence } from './downtime.ts';

const server = (IsLastCheckValid: boolean, DowntimeReason = 'lost-in-recovery') => ({
  IsLastCheckValid,
  DowntimeReason,
});

it.each([
  [[], null],
  [[server(false)], '1 server downtimed (lost-in-recovery), not answering'],
  [[server(true)], '1 server downtimed (lost-in-recovery)'],
  [[server(true, ''), server(true, '')], '2 servers downtimed'],
  [
    [server(true, 'upgrade'), server(false)],
    '2 servers downtimed (upgrade, lost-in-recovery), 1 of them not answering',
  ],
])('a dead server whose problems are not counted is spoken of all the same', (downtimed, sentence) => {
  expect(downtimeSentence(downtimed)).toBe(sentence);
});
