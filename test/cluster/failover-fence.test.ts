import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import { type Flavour, LAB_USERS, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import { fence } from '../../src/engine/fence/fence.ts';
import { connectLab, readServer } from './mysql-support.ts';

/** MySQL 5.6 has no semi-sync plugins in its package. */
const SEMI_SYNC_FLAVOURS: readonly Flavour[] = ['mysql-9.7', 'mariadb-10.11'];

/** Clients whose commits wait for an acknowledgement; one of them uses our own account, whose sessions are otherwise spared. */
const WAITERS = [LAB_USERS.application, LAB_USERS.application, LAB_USERS.orchestrator];

describe.each(SEMI_SYNC_FLAVOURS)('the fence of a semi-sync primary whose replica is frozen, on %s', (flavour) => {
  let topology: LabTopology | null = null;
  const clients: Connection[] = [];

  afterEach(async () => {
    topology?.server(2).resume();
    for (const client of clients.splice(0)) client.destroy();
    await topology?.close();
  });

  it('tells none of those who wait OK, and is verified', async () => {
    topology = await startTopology({ flavour, tree: '1(2)', semiSync: { timeoutMs: 60_000 } });
    const [primary, replica] = [topology.server(1), topology.server(2)];
    await waitFor(
      async () => {
        const rows = await primary.query("SHOW STATUS LIKE 'Rpl_semi_sync_%_clients'");
        return rows.some((row) => Number(row.Value) === 1);
      },
      { what: 'the replica to acknowledge' },
    );
    const servers = connectLab();
    const instance = await readServer(servers, primary);
    replica.pause();
    const ends: string[] = [];
    for (const [index, { user, password }] of WAITERS.entries()) {
      const client = await createConnection({ host: primary.host, port: primary.port, user, password });
      client.on('error', () => undefined);
      clients.push(client);
      client.query(`INSERT INTO app.t VALUES (${index}, 'waiter', 'x')`).then(
        () => ends.push('OK'),
        () => ends.push('error'),
      );
    }
    await waitFor(
      async () => {
        const rows = await primary.query(
          "SELECT STATE AS s FROM information_schema.processlist WHERE INFO LIKE 'INSERT%'",
        );
        return (
          rows.length === WAITERS.length && rows.some(({ s }) => String(s).startsWith('Waiting for semi-sync ACK'))
        );
      },
      { what: 'the clients to wait' },
    );
    await sleep(100);
    const outcome = await fence({ servers, clock: createSystemClock() }, instance);
    expect(outcome).toMatchObject({ kind: 'fenced', instance: { isReadOnly: true } });
    await waitFor(() => ends.length === WAITERS.length, { what: 'the clients to be told' });
    expect(ends).toEqual(WAITERS.map(() => 'error'));
    await servers.close();
  });
});
