import type { LabServer } from '../../lab/index.ts';

/**
 * A promise about data is broken: rows are lost, or a server is open that must be closed. `npm test` tries a file of tests on real servers
 * once more when it failed, since a machine may stumble; after one of these it does not.
 */
export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
}

export const missingFrom = (wanted: Iterable<number>, present: ReadonlySet<number>): readonly number[] =>
  [...wanted].filter((id) => !present.has(id));

/** All rows that are wanted (acknowledged, or held by somebody) are present. */
export function expectNoneLost(wanted: Iterable<number>, present: ReadonlySet<number>): void {
  const lost = missingFrom(wanted, present);
  if (lost.length > 0) throw new SafetyViolation(`${lost.length} rows are lost: ${lost.slice(0, 20).join(', ')}`);
}

export async function isWritable(server: LabServer): Promise<boolean> {
  return Number((await server.query('SELECT @@global.read_only AS ro'))[0]?.ro) === 0;
}

/** None of these takes writes. */
export async function expectClosed(...servers: readonly LabServer[]): Promise<void> {
  for (const server of servers)
    if (await isWritable(server)) throw new SafetyViolation(`server ${server.number} takes writes, and must not`);
}
