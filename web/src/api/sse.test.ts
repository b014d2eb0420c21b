import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStreamParser } from './sse.ts';

const STREAM =
  ': hello\n\nid: 7\nevent: fleet\ndata: {"a":1}\n\ndata: one\r\ndata:two\r\n\r\n: heartbeat\n\nevent: recovery\ndata: {}\n\nevent: unfinished\ndata: x';

const EXPECTED = [
  { event: 'fleet', data: '{"a":1}', id: '7' },
  { event: 'message', data: 'one\ntwo', id: null },
  { event: 'recovery', data: '{}', id: null },
];

test('reads messages wherever the stream is cut, skips comments, keeps the unfinished back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 20 }), (cuts) => {
      const parse = createStreamParser();
      const ends = [...cuts, STREAM.length].sort((a, b) => a - b);
      let start = 0;
      const messages = ends.flatMap((end) => {
        const piece = STREAM.slice(start, end);
        start = end;
        return parse(piece);
      });
      expect(messages).toEqual(EXPECTED);
    }),
  );
});
