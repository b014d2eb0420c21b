import { readFile } from 'node:fs/promises';

/**
 * Members of a unix group by the group file (explicit members only; primary groups are in no such list).
 * An unreadable file has no members.
 */
export async function membersOfGroup(group: string, file = '/etc/group'): Promise<readonly string[]> {
  const content = await readFile(file, 'utf8').catch(() => '');
  for (const line of content.split('\n')) {
    const [name, , , members] = line.split(':');
    if (name === group) return (members ?? '').split(',').filter((member) => member !== '');
  }
  return [];
}
