import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createUnixGroups } from './unix-groups.ts';

/** A system with these files, and a program `id` that notes how it is asked and goes on by this script. */
function scene(idScript: string, answerMs = 20_000) {
  const folder = mkdtempSync(join(tmpdir(), 'unix-groups-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const asked = file('asked', '');
  const idProgram = file('id', `#!/bin/sh\necho "$*" >> '${asked}'\n${idScript}\n`);
  chmodSync(idProgram, 0o755);
  const groupFile = file('group', 'root:x:0:\ndba:x:500:ann,bob\nusers:x:100:\n');
  const passwdFile = file('passwd', 'root:x:0:0::/root:/bin/sh\ncarl:x:1001:500::/home/carl:/bin/sh\n');
  const warn = vi.fn();
  let nowMs = 0;
  const groups = createUnixGroups(
    { logger: { warn }, clock: { monotonicMs: () => nowMs } },
    { groupFile, passwdFile, idProgram, answerMs },
  );
  return {
    isMember: (user: string, ...names: string[]) => groups.isMember(user, names),
    asked: () => readFileSync(asked, 'utf8').split('\n').slice(0, -1),
    warn,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('members are those that the group file lists, and those whose primary group it is', async () => {
  const { isMember, asked } = scene('exit 1');
  expect(await isMember('bob', 'dba')).toBe(true);
  expect(await isMember('carl', 'users', 'dba')).toBe(true);
  expect(await isMember('carl')).toBe(false);
  expect(asked()).toEqual([]);
  expect(await isMember('carl', 'users')).toBe(false);
});

it('and those of whom the system knows it otherwise; whole names count, also such with a blank', async () => {
  const { isMember } = scene(String.raw`printf 'dba\0domain users\0'`);
  expect(await isMember('dora', 'dba')).toBe(true);
  expect(await isMember('dora', 'domain users')).toBe(true);
  expect(await isMember('dora', 'users')).toBe(false);
  expect(await isMember('dora', '')).toBe(false);
});

it('the system is asked once in a while for each user', async () => {
  const { isMember, asked, pass } = scene(String.raw`printf 'dba\0'`);
  await Promise.all([isMember('dora', 'dba'), isMember('dora', 'ops'), isMember('emil', 'dba')]);
  expect(asked().sort()).toEqual(['-Gnz -- dora', '-Gnz -- emil']);
  pass(10_000);
  // In the background, as long as something is known.
  expect(await isMember('dora', 'dba')).toBe(true);
  await vi.waitFor(() => expect(asked()).toHaveLength(3));
  pass(60_000);
  await isMember('dora', 'dba');
  expect(asked()).toHaveLength(4);
});

it('a name that is none of a user is not asked about: a number would be that of another user', async () => {
  const { isMember, asked } = scene(String.raw`printf 'dba\0'`);
  for (const name of ['0', '+0', '-u', '--help', 'a b', 'a;b', '$(b)', 'a\nb', 'a/b', 'ü', 'x'.repeat(257)])
    expect(await isMember(name, 'dba'), name).toBe(false);
  expect(asked()).toEqual([]);
  expect(await isMember(String.raw`AD\dora.x-y@example.com`, 'dba')).toBe(true);
});

it('without an answer nobody is a member, and it is said once what is the matter', async () => {
  const unknown = scene(`echo "id: no such user" >&2; exit 1`);
  for (const user of ['dora', 'emil']) expect(await unknown.isMember(user, 'dba')).toBe(false);
  expect(unknown.warn).toHaveBeenCalledTimes(1);
  expect(unknown.warn.mock.calls[0]?.[1]).toContain('id: no such user');

  const late = scene('exec sleep 20', 300);
  expect(await late.isMember('dora', 'dba')).toBe(false);
  expect(late.warn.mock.calls[0]?.[1]).toContain('no answer within 300 ms');
});
