import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../../lab/connection.ts';
import { LAB_USERS, type LabServer } from '../../lab/index.ts';
import { nowMs } from '../clock.ts';
import { killPrimary, type TrialContext } from './trial.ts';

const ROWS = 200;
const ROW_BYTES = 100_000;
const TOTAL_BYTES = ROWS * ROW_BYTES;
const ARRIVES_WITHIN_MS = 60_000;

/**
 * Commits one transaction of 20 MB and kills the primary when `share` (0 to 1) of it has arrived in the relay log of one
 * replica, told by the size of its files: no statement disturbs the servers.
 */
export function killWithinTransaction(share: number): (context: TrialContext) => Promise<number> {
  return async (context) => {
    const { primary, replicas, note } = context;
    await primary.query(
      'CREATE TABLE app.big (id BIGINT NOT NULL PRIMARY KEY, payload LONGBLOB NOT NULL) ENGINE=InnoDB',
    );
    await primary.query(
      'CREATE TABLE app.seed (id BIGINT NOT NULL PRIMARY KEY, payload CHAR(1) NOT NULL) ENGINE=InnoDB',
    );
    const rows = Array.from(
      { length: ROWS },
      (_, index) => `(${index + 1}, '${String.fromCharCode(65 + (index % 26))}')`,
    ).join(',');
    await primary.query(`INSERT INTO app.seed VALUES ${rows}`);
    const client = await openConnection({ user: LAB_USERS.root, host: primary.host, port: primary.directPort });
    client.on('error', () => undefined);
    await client.query('BEGIN');
    await client.query(`INSERT INTO app.big SELECT id, REPEAT(payload, ${ROW_BYTES}) FROM app.seed`);
    await sleep(200);

    const before = replicas.map(relayLogBytes);
    const startMs = nowMs();
    client.query('COMMIT').catch(() => undefined);
    const arrived = (): number[] => replicas.map((replica, index) => relayLogBytes(replica) - (before[index] ?? 0));
    while (Math.max(...arrived()) < share * TOTAL_BYTES) {
      if (nowMs() - startMs > ARRIVES_WITHIN_MS) throw new Error('the transaction did not arrive at any replica');
      await breathe();
    }
    const killedAtMs = await killPrimary(context);
    const waitedMs = Math.round(killedAtMs - startMs);
    const parts = arrived().map((bytes) => `${(bytes / 1e6).toFixed(1)}`);
    note(`killed ${waitedMs} ms after COMMIT was sent, with ${parts.join(', ')} MB arrived`);
    client.destroy();
    return killedAtMs;
  };
}

function relayLogBytes(server: LabServer): number {
  return readdirSync(server.dataDir)
    .filter((name) => /^relay-bin\.\d+$/.test(name))
    .reduce((sum, name) => sum + (statSync(join(server.dataDir, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
