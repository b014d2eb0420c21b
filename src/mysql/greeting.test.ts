import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGreeting } from './greeting.ts';

const packet = (body: Buffer): Buffer => Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body]);
const HELLO = packet(Buffer.concat([Buffer.from([10]), Buffer.from('5.5.5-10.11.18-MariaDB\0'), Buffer.alloc(40)]));

describe('readGreeting', () => {
  it('finds the version', () => {
    expect(readGreeting(HELLO)).toEqual({ kind: 'hello', serverVersion: '5.5.5-10.11.18-MariaDB' });
  });

  it('waits for the rest of a greeting, however it is cut', () => {
    for (let length = 0; length < HELLO.length; length += 1) {
      expect(readGreeting(HELLO.subarray(0, length)).kind).toBe('incomplete');
    }
  });

  it('reads error packets with and without SQL state', () => {
    const error = (text: string) => packet(Buffer.concat([Buffer.from([0xff, 0x10, 0x04]), Buffer.from(text)]));
    const expected = { kind: 'error', errorNumber: 1040, text: 'Too many connections' };
    expect(readGreeting(error('Too many connections'))).toEqual(expected);
    expect(readGreeting(error('#08004Too many connections'))).toEqual(expected);
  });

  it.each(['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/1.1 400 Bad Request\r\n', '220 mail ESMTP\r\n', '\0\0\0\0\0'])(
    'tells %j from MySQL at once',
    (text) => {
      expect(readGreeting(Buffer.from(text)).kind).toBe('not-mysql');
    },
  );

  it('says something about any bytes and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(['hello', 'error', 'incomplete', 'not-mysql']).toContain(readGreeting(Buffer.from(bytes)).kind);
      }),
    );
  });
});
