import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteAscii, unquoteAscii } from './quoted-ascii.ts';

test('an error text stands quoted, in ASCII', () => {
  expect(quoteAscii('')).toBe('');
  expect(quoteAscii(`can't "connect"\n– ü 😀\x7f`)).toBe(`"can't \\"connect\\"\\n\\u2013 \\u00fc \\U0001f600\\x7f"`);
});

test('any text comes back as it was, and its quoted form is plain ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const quoted = quoteAscii(text);
      expect(quoted).toMatch(/^[\x20-\x7e]*$/);
      expect(unquoteAscii(quoted)).toBe(text);
    }),
  );
});

test('a text that another program left unquoted is taken as it is', () => {
  expect(unquoteAscii("error connecting to master 'repl@db1'")).toBe("error connecting to master 'repl@db1'");
});
