import { expect, test } from 'vitest';
import { readClientFile } from './client-file.ts';

const CASES: readonly (readonly [string, string | null, string | null])[] = [
  ['[client]\nuser=a\npassword=b\n', 'a', 'b'],
  ['[client]\r\nuser = a\r\npassword = "b c # d"\r\n', 'a', 'b c # d'],
  ["[client]\npassword='it\\'s'\n", null, "it's"],
  ['[client]\npassword=p#w\n', null, 'p#w'],
  ['[client]\npassword=pw # a comment\n', null, 'pw'],
  ['[client]\npassword=pw=with=equals\n', null, 'pw=with=equals'],
  ['[client]\npassword="a\\\\b"\n', null, 'a\\b'],
  ['# [client]\n;user=x\n[mysql]\nuser=y\n', null, null],
  ['[mysql]\nuser=y\n[CLIENT]\nuser=z\n[mysqld]\nuser=w\n', 'z', null],
  ['[client]\npassword=\n', null, ''],
];

test.each(CASES)('%j', (text, user, password) => {
  expect(readClientFile(text)).toEqual({ user, password });
});
