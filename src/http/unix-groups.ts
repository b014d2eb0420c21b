import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../model/error.ts';

/** Who belongs to which group, as this machine knows it. */
export interface UnixGroups {
  /** Whether the user belongs to one of the groups. */
  isMember(user: string, groups: readonly string[]): Promise<boolean>;
}

export interface UnixGroupsSettings {
  readonly groupFile: string;
  readonly passwdFile: string;
  readonly idProgram: string;
  /** How long `id` may take: a directory in the network may hang. */
  readonly answerMs: number;
}

const SYSTEM: UnixGroupsSettings = {
  groupFile: '/etc/group',
  passwdFile: '/etc/passwd',
  idProgram: 'id',
  answerMs: 2_000,
};
/** For so long an answer of `id` holds; every request asks. */
const ANSWER_HOLDS_MS = 10_000;
/** An answer older than that is asked anew in the background, up to this age. */
const STALE_HOLDS_MS = 60_000;
const MOST_ANSWERS = 1_000;
/** What may be handed to `id`: no option, and no number, which it would take for that of a user. */
const USER_NAME = /^(?!\d+$)\w[\w.@\\+-]{0,255}\$?$/;

interface Answer {
  readonly atMs: number;
  readonly groups: Promise<readonly string[]>;
}

/**
 * By the group file (its members), the passwd file (whose primary group it is), and for users of a directory (LDAP, SSSD) by `id`.
 * A file that cannot be read has nobody; without an answer of `id` nobody is a member.
 */
export function createUnixGroups(
  deps: {
    readonly logger: { warn(fields: object, message: string): void };
    readonly clock: { monotonicMs(): number };
  },
  { groupFile, passwdFile, idProgram, answerMs }: UnixGroupsSettings = SYSTEM,
): UnixGroups {
  const { logger, clock } = deps;
  const answers = new Map<string, Answer>();
  const told = new Set<unknown>();

  /** Separated by NUL (-z): group names of a directory have blanks, and "domain users" is not "users". */
  function askSystem(user: string): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const options = { timeout: answerMs, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
      execFile(idProgram, ['-Gnz', '--', user], options, (error, stdout, stderr) => {
        resolve(error === null ? stdout.split('\0').filter((name) => name !== '') : []);
        if (error === null || told.has(error.killed || error.code)) return;
        told.add(error.killed || error.code);
        const reason = error.killed ? `no answer within ${answerMs} ms` : stderr.trim() || messageOf(error);
        logger.warn({ user }, `PowerAuthGroups: id does not tell the groups of a user, who is in none then: ${reason}`);
      });
    });
  }

  function groupsBySystem(user: string): Promise<readonly string[]> {
    const known = answers.get(user);
    const atMs = clock.monotonicMs();
    if (known !== undefined && atMs - known.atMs < ANSWER_HOLDS_MS) return known.groups;
    if (answers.size >= MOST_ANSWERS) answers.clear();
    const groups = askSystem(user);
    answers.set(user, { atMs, groups });
    // Whoever only reads is not to wait for a directory that hangs, as long as something is known.
    return known !== undefined && atMs - known.atMs < STALE_HOLDS_MS ? known.groups : groups;
  }

  async function isListed(user: string, groups: readonly string[]): Promise<boolean> {
    const [groupLines, passwdLines] = await Promise.all([linesOf(groupFile), linesOf(passwdFile)]);
    const primaryId = passwdLines.find(([name]) => name === user)?.[3];
    return groupLines.some(
      ([name = '', , id = '', members = '']) =>
        groups.includes(name) && (members.split(',').includes(user) || (id !== '' && id === primaryId)),
    );
  }

  return {
    async isMember(user, groups) {
      if (user === '' || groups.length === 0) return false;
      if (await isListed(user, groups)) return true;
      return USER_NAME.test(user) && (await groupsBySystem(user)).some((group) => groups.includes(group));
    },
  };
}

/** The fields of each line; none of a file that cannot be read. */
async function linesOf(file: string): Promise<readonly (readonly string[])[]> {
  const content = await readFile(file, 'utf8').catch(() => '');
  return content.split('\n').map((line) => line.split(':'));
}
