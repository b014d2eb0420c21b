import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabServer, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';

const RECEIVER = {
  'mysql-9.7': 'Replica_IO_Running',
  'mysql-5.6': 'Slave_IO_Running',
  'mariadb-10.11': 'Slave_IO_Running',
} as const;

async function receiverOf(topology: LabTopology, replica: number): Promise<unknown> {
  return (await topology.server(replica).replicaStatus())?.[RECEIVER[topology.flavour]];
}

async function gtidState(server: LabServer): Promise<unknown> {
  const variable = server
    .query('SELECT @@global.gtid_executed AS gtids')
    .catch(() => server.query('SELECT @@global.gtid_binlog_pos AS gtids'));
  return (await variable)[0]?.gtids;
}

async function openForWrites(topology: LabTopology, number: number): Promise<void> {
  if (topology.flavour === 'mysql-9.7') await topology.server(number).query('SET GLOBAL super_read_only=0');
  await topology.server(number).query('SET GLOBAL read_only=0');
}

describe.each(FLAVOURS)('the lab on %s', (flavour) => {
  let topology: LabTopology;

  beforeAll(async () => {
    topology = await startTopology({ flavour, tree: '1(2,3(4))', proxied: true });
  });
  afterAll(async () => {
    await topology?.close();
  });

  it('starts a tree whose servers are alike, and passes writes down to the last', async () => {
    for (const server of topology.servers.values()) {
      expect(await gtidState(server)).toBe('');
      const row = (await server.query('SELECT @@server_id AS id, @@report_port AS port, @@read_only AS ro'))[0];
      expect({ id: Number(row?.id), port: Number(row?.port), ro: Number(row?.ro) }).toEqual({
        id: server.port,
        port: server.port,
        ro: server.number === 1 ? 0 : 1,
      });
    }
    const writer = topology.writer({ connections: 2, statementTimeoutMs: 10_000 });
    await waitFor(() => writer.acknowledged.length >= 50, { what: '50 acknowledged rows' });
    const report = await writer.stop();
    expect(report.failures).toEqual([]);
    await topology.waitCaughtUp(4, 1);
    expect(await topology.lostWrites(4, report.acknowledged)).toEqual([]);
  });

  it.skipIf(flavour === 'mariadb-10.11')('gives every server a uuid of its own', async () => {
    const uuids = await Promise.all(
      [...topology.servers.values()].map(async (server) => {
        const written = readFileSync(join(server.dataDir, 'auto.cnf'), 'utf8').trim().split('=')[1];
        const [row] = await server.query('SELECT @@server_uuid AS uuid');
        expect(row?.uuid).toBe(written);
        return written;
      }),
    );
    expect(new Set(uuids).size).toBe(topology.servers.size);
    // Random (version 4), not made of clock and network card.
    for (const uuid of uuids) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });

  it('brings a killed server back with its data, closed for writes when asked', async () => {
    await topology.primary.query("INSERT INTO app.t VALUES (-1, 'test', 'before the crash')");
    await topology.primary.kill();
    expect(topology.primary.isAlive()).toBe(false);
    await waitFor(async () => (await receiverOf(topology, 2)) === 'Connecting', { what: 'replica 2 to notice' });
    await topology.primary.restart({ readOnly: true });
    expect(await topology.primary.query('SELECT payload, @@read_only AS ro FROM app.t WHERE id=-1')).toEqual([
      { payload: 'before the crash', ro: 1 },
    ]);
    await topology.waitReplicating(2);
  });

  it('follows the writable server after a failover done by hand', async () => {
    await topology.reset();
    const writer = topology.follow();
    await waitFor(() => writer.acknowledged.length >= 10, { what: 'the first rows' });
    await topology.primary.kill();
    await openForWrites(topology, 2);
    await waitFor(() => writer.acknowledged.at(-1)?.server === 2, { what: 'rows on server 2' });
    const report = await writer.stop();
    expect(report.failures.length).toBeGreaterThan(0);
    expect(report.longestGapMs).toBeGreaterThan(0);
  });

  it('reset brings tree, data, users and variables back, whatever happened', async () => {
    const [third, fourth] = [topology.server(3), topology.server(4)];
    const before = (await third.query('SELECT @@global.max_connections AS n'))[0]?.n;
    await third.query('SET GLOBAL max_connections=77');
    await openForWrites(topology, 3);
    await third.query('CREATE DATABASE stray');
    await third.query("CREATE USER 'stray'@'%' IDENTIFIED BY 'x'");
    if (!topology.primary.isAlive()) await topology.primary.restart();
    topology.server(2).pause();
    await fourth.kill();

    await topology.reset();

    for (const server of topology.servers.values()) {
      expect(await gtidState(server)).toBe('');
      expect(await server.query('SELECT id FROM app.t')).toEqual([]);
    }
    expect((await third.query('SELECT @@global.max_connections AS n'))[0]?.n).toBe(before);
    expect(await third.query("SELECT user FROM mysql.user WHERE user='stray'")).toEqual([]);
    expect(await third.query("SHOW DATABASES LIKE 'stray'")).toEqual([]);
    expect((await third.query('SELECT @@read_only AS ro'))[0]?.ro).toBe(1);
    await topology.primary.query("INSERT INTO app.t VALUES (1, 'test', 'after reset')");
    await topology.waitCaughtUp(4, 1);
  });

  it('cuts what goes by address and heals it', async () => {
    await topology.primary.proxy?.cut('reset');
    await waitFor(async () => (await receiverOf(topology, 2)) === 'Connecting', {
      what: 'replica 2 to lose its source',
    });
    await topology.primary.query("INSERT INTO app.t VALUES (2, 'test', 'during the cut')");
    await topology.primary.proxy?.heal();
    await topology.waitCaughtUp(4, 1);
  });

  it('cuts one replica off and leaves the other', async () => {
    await topology.primary.proxy?.cut('reset', { from: [3] });
    await waitFor(async () => (await receiverOf(topology, 3)) === 'Connecting', {
      what: 'replica 3 to lose its source',
    });
    await topology.primary.query("INSERT INTO app.t VALUES (3, 'test', 'for 2 only')");
    await topology.waitCaughtUp(2, 1);
    expect(await topology.server(3).query('SELECT id FROM app.t WHERE id=3')).toEqual([]);
    await topology.primary.proxy?.heal();
    await topology.waitCaughtUp(3, 1);
  });
});

describe.each(FLAVOURS)('replication by file and position on %s', (flavour) => {
  it('passes writes down, also after a reset', async () => {
    const topology = await startTopology({ flavour, tree: '1(2)', gtid: false });
    try {
      for (const id of [1, 2]) {
        await topology.reset();
        await topology.primary.query('INSERT INTO app.t VALUES (?, ?, ?)', [id, 'test', 'x']);
        await topology.waitCaughtUp(2);
        expect(Number((await topology.server(2).query('SELECT id FROM app.t'))[0]?.id)).toBe(id);
      }
    } finally {
      await topology.close();
    }
  });
});

describe('semi-synchronous replication', () => {
  it.each([
    ['mysql-9.7', 'Rpl_semi_sync_source_clients'],
    ['mariadb-10.11', 'Rpl_semi_sync_master_clients'],
  ] as const)('has two acknowledging replicas on %s', async (flavour, variable) => {
    const topology = await startTopology({ flavour, tree: '1(2,3)', semiSync: { timeoutMs: 60_000 } });
    try {
      await waitFor(
        async () => (await topology.primary.query(`SHOW GLOBAL STATUS LIKE '${variable}'`))[0]?.Value === '2',
        { what: 'two semi-sync replicas' },
      );
    } finally {
      await topology.close();
    }
  });

  it('is refused on MySQL 5.6 in one sentence', async () => {
    await expect(startTopology({ flavour: 'mysql-5.6', tree: '1(2)', semiSync: true })).rejects.toThrow(
      /comes without semi-sync plugins/,
    );
  });
});

describe('servers of a program that dies', () => {
  it('end with it, even when it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-test-'));
    const lab = new URL('../../lab/index.ts', import.meta.url).href;
    writeFileSync(
      join(folder, 'owner.mts'),
      `import { startTopology } from '${lab}';
       const topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1' });
       console.log(topology.primary.pid + ' ' + topology.dir);
       setInterval(() => undefined, 1000);`,
    );
    const owner = spawn(process.execPath, ['--import', 'tsx', join(folder, 'owner.mts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(owner.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString().split(' ')[0]);
      expect(process.kill(pid, 0)).toBe(true);
      owner.kill('SIGKILL');
      await waitFor(() => !isRunning(pid), { what: `server process ${pid} to end` });
    } finally {
      owner.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
