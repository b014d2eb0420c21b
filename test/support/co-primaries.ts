import { expect } from 'vitest';
import { type Flavour, LAB_USERS, type LabServer, waitFor } from '../../lab/index.ts';
import type { Program } from './program.ts';
import { isWritable } from './safety.ts';

/** The account with which a former primary can follow its pair. */
export const PAIR_CONFIG = {
  MySQLReplicationUser: LAB_USERS.replication.user,
  MySQLReplicationPassword: LAB_USERS.replication.password,
};

interface Known {
  readonly ReadOnly: boolean;
  readonly IsCoMaster: boolean;
  readonly UsingOracleGTID: boolean;
  readonly UsingMariaDBGTID: boolean;
}

export const known = (program: Program, { port }: LabServer): Promise<Known> =>
  program.api<Known>(`instance/127.0.0.1/${port}`);

/** Makes `first` follow its replica `second`, and waits until the program knows of it. */
export async function makeRing(
  program: Program,
  first: LabServer,
  second: LabServer,
  { flavour, byGtid }: { readonly flavour: Flavour; readonly byGtid: boolean },
): Promise<void> {
  await program.api(`make-co-master/127.0.0.1/${second.port}`);
  // On MariaDB it begins by file and position.
  if (byGtid && flavour === 'mariadb-10.11') await program.api(`enable-gtid/127.0.0.1/${first.port}`);
  await program.waitFor('both to be co-primaries', async () =>
    (await Promise.all([first, second].map((server) => known(program, server)))).every(
      ({ IsCoMaster, UsingOracleGTID, UsingMariaDBGTID }) =>
        IsCoMaster && (UsingOracleGTID || UsingMariaDBGTID) === byGtid,
    ),
  );
}

/**
 * A dead one of a pair follows its former pair still when it returns: it does not become writable beside it, nor its source again. The
 * second time as the first: that it still follows its pair is no word of a person.
 */
export async function expectHarmlessReturn(dead: LabServer, successor: LabServer): Promise<void> {
  for (const time of ['first', 'second']) {
    if (time === 'second') await dead.kill();
    await dead.restart({ readOnly: false });
    await waitFor(async () => !(await isWritable(dead)), { what: `it to be read-only the ${time} time` });
  }
  expect(await successor.replicaStatus()).toBeNull();
  expect(await isWritable(successor)).toBe(true);
}
