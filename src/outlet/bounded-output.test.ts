import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../model/secret.ts';
import { createBoundedOutput } from './bounded-output.ts';
import { createRedactor } from './redact.ts';

const none = createRedactor([]);

test('short output is kept whole, long output by its end, however it is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 30 }).map((text) => text.replace(/[^ -~]/g, '.'))), (chunks) => {
      const output = createBoundedOutput(50, none);
      for (const chunk of chunks) output.add(Buffer.from(chunk));
      const whole = chunks.join('');
      const leftOut = whole.length - 50;
      expect(output.text()).toBe(
        leftOut <= 0 ? whole : `[the first ${leftOut} bytes are left out]\n${whole.slice(leftOut)}`,
      );
    }),
  );
});

test('a secret cut in two by the limit is not shown in part', () => {
  const output = createBoundedOutput(10, createRedactor([new Secret('password')]));
  output.add(Buffer.from('xxpassword and'));
  expect(output.text()).not.toMatch(/word/);
});

test('longer secrets go first; very short ones are not looked for', () => {
  const redactor = createRedactor([new Secret('abcd'), new Secret('abcdef'), new Secret('ab'), new Secret('')]);
  expect(redactor.redact('abcdef abcd ab')).toBe('*** *** ab');
});
