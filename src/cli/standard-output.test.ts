import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createStandardOutput } from './standard-output.ts';

const refusal = (code: string): Error => Object.assign(new Error(code), { code });

/** An output that takes at most three bytes at a time, and refuses with `code` after `room` bytes. */
function narrowOutput(room: number, code: string) {
  const stream = new PassThrough();
  let taken = '';
  const print = createStandardOutput({
    writeNow(bytes) {
      const count = Math.min(3, room - taken.length, bytes.length);
      if (count === 0) throw refusal(code);
      taken += Buffer.from(bytes.subarray(0, count)).toString('latin1');
      return count;
    },
    stream: () => stream,
  });
  return { print, stream, taken: () => Buffer.from(taken, 'latin1').toString() };
}

test('prints all of a text that is taken bit by bit', () => {
  const output = narrowOutput(100, 'EAGAIN');
  output.print('größer\n');
  output.print('');
  output.print('b\n');
  expect(output.taken()).toBe('größer\nb\n');
  expect(output.stream.read()).toBeNull();
});

test('leaves to the stream what has no room, and all that follows', () => {
  const output = narrowOutput(4, 'EAGAIN');
  output.print('abcdef\n');
  output.print('g\n');
  expect(output.taken()).toBe('abcd');
  expect(String(output.stream.read())).toBe('ef\ng\n');
  expect(() => output.stream.emit('error', refusal('EPIPE'))).not.toThrow();
});

test('is silent once nobody reads, and tells of everything else', () => {
  const unread = narrowOutput(2, 'EPIPE');
  unread.print('abc\n');
  unread.print('d\n');
  expect(unread.taken()).toBe('ab');
  expect(unread.stream.read()).toBeNull();
  expect(() => narrowOutput(0, 'ENOSPC').print('a')).toThrow('ENOSPC');
});
