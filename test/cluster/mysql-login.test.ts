import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import type { ServerFailure, Servers } from '../../src/engine/ports.ts';
import { Secret } from '../../src/model/secret.ts';
import { NO_CLASSIFICATION } from '../../src/mysql/settings.ts';
import type { TlsSettings } from '../../src/mysql/tls.ts';
import { connectLab, keyOf } from './mysql-support.ts';

const PASSWORD = 'pässwörd \'"\\ longer than thirty-two bytes, to be sure of it';
const SQL_PASSWORD = PASSWORD.replaceAll('\\', '\\\\').replaceAll("'", "''");
const NO_TLS: TlsSettings = { mode: 'never', ca: null, cert: null, key: null, skipVerify: false, rememberMs: 60_000 };
const FULL = { deadlineMs: 5_000, depth: 'full', previous: null } as const;

const opened: Servers[] = [];
afterEach(async () => {
  for (const servers of opened.splice(0)) await servers.close();
});

function connect(topology: LabTopology, user: string, tls: Partial<TlsSettings>, password = PASSWORD): Servers {
  // A session tells its own cipher ('' without TLS) by way of a query that fills the alias.
  const schema = topology.flavour === 'mysql-9.7' ? 'performance_schema' : 'information_schema';
  const servers = connectLab({
    user,
    password: new Secret(password),
    tls: { ...NO_TLS, ...tls },
    classification: {
      ...NO_CLASSIFICATION,
      detectInstanceAliasQuery: `SELECT VARIABLE_VALUE FROM ${schema}.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'`,
    },
  });
  opened.push(servers);
  return servers;
}

/** The cipher of the pinned session after one reading, or why there is none. */
async function cipherOf(topology: LabTopology, servers: Servers): Promise<string | ServerFailure> {
  const outcome = await servers.probe(keyOf(topology.server(1)), FULL);
  return outcome.kind === 'failed' ? outcome.failure : outcome.instance.classification.instanceAlias;
}

async function createUser(topology: LabTopology, user: string, identified: string, requires = ''): Promise<void> {
  await topology.server(1).query(`CREATE USER '${user}'@'%' ${identified} ${requires}`);
  await topology.server(1).query(`GRANT ALL PRIVILEGES ON *.* TO '${user}'@'%'`);
}

describe('MySQL 9.7', () => {
  let topology: LabTopology;
  let ca: string;
  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mysql-9.7', tree: '1' });
    ca = await readFile(join(topology.server(1).dataDir, 'ca.pem'), 'utf8');
    await createUser(topology, 'plain', `IDENTIFIED WITH caching_sha2_password BY '${SQL_PASSWORD}'`);
    await createUser(topology, 'tls', `IDENTIFIED BY '${SQL_PASSWORD}'`, 'REQUIRE SSL');
  });
  afterAll(() => topology?.close());

  it('lets caching_sha2_password in without TLS, by the public key, also when nothing is cached', async () => {
    await topology.server(1).query('FLUSH PRIVILEGES');
    expect(await cipherOf(topology, connect(topology, 'plain', {}))).toBe('');
  });

  it('refuses an account that needs TLS, and mixed mode finds that out by itself', async () => {
    const refused = await cipherOf(topology, connect(topology, 'tls', {}));
    expect(refused).toMatchObject({ kind: 'answered', errorNumber: 1045 });
    expect(await cipherOf(topology, connect(topology, 'tls', { mode: 'mixed', ca }))).toMatch(/^TLS_/);
    expect(await cipherOf(topology, connect(topology, 'plain', { mode: 'mixed', ca }))).toBe('');
  });

  it('remembers which server needs TLS', async () => {
    const servers = connect(topology, 'tls', { mode: 'mixed', ca });
    const attempts = async () =>
      Number((await topology.server(1).query("SHOW GLOBAL STATUS LIKE 'Connections'"))[0]?.Value);
    const first = await attempts();
    await servers.knock(keyOf(topology.server(1)), 5_000);
    const second = await attempts();
    await servers.knock(keyOf(topology.server(1)), 5_000);
    expect([second - first, (await attempts()) - second]).toEqual([2, 1]);
  });

  it('uses TLS always when told to, and verifies the authority unless told not to', async () => {
    expect(await cipherOf(topology, connect(topology, 'plain', { mode: 'always', ca }))).toMatch(/^TLS_/);
    expect(await cipherOf(topology, connect(topology, 'plain', { mode: 'always', skipVerify: true }))).toMatch(/^TLS_/);
    const failure = await cipherOf(topology, connect(topology, 'plain', { mode: 'always' }));
    expect(failure).toMatchObject({ kind: 'answered', errorNumber: null });
    expect((failure as ServerFailure).message).toMatch(/agree on TLS.*MySQLTopologySSLCAFile/);
  });

  it('takes the wrong password for what it is, also in mixed mode', async () => {
    const failure = await cipherOf(topology, connect(topology, 'plain', { mode: 'mixed', ca }, 'nope'));
    expect(failure).toMatchObject({ kind: 'answered', errorNumber: 1045 });
  });

  it('hears the loss of a TLS session at once', async () => {
    const servers = connect(topology, 'tls', { mode: 'always', ca });
    expect(await cipherOf(topology, servers)).toMatch(/^TLS_/);
    const lost = new Promise((resolve) => servers.onSessionEvent(resolve));
    await topology.server(1).kill();
    expect(await lost).toMatchObject({ kind: 'session-lost' });
    await topology.server(1).restart();
  });
});

describe('MariaDB 10.11', () => {
  it('lets ed25519 in, and nobody with a wrong password', async (context) => {
    const pluginDir = process.env.LAB_MARIADB_PLUGIN_DIR;
    const settings = pluginDir === undefined ? [] : [`--plugin-dir=${pluginDir}`];
    const topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1', settings });
    try {
      const [row] = await topology.server(1).query('SELECT @@plugin_dir AS dir');
      if (!existsSync(join(String(row?.dir), 'auth_ed25519.so'))) {
        context.skip(
          'this MariaDB came without its ed25519 plugin; set LAB_MARIADB_PLUGIN_DIR to a folder that has it',
        );
      }
      await topology.server(1).query("INSTALL SONAME 'auth_ed25519'");
      await createUser(topology, 'ed', `IDENTIFIED VIA ed25519 USING PASSWORD('${SQL_PASSWORD}')`);
      expect(await cipherOf(topology, connect(topology, 'ed', {}))).toBe('');
      const refused = await cipherOf(topology, connect(topology, 'ed', {}, 'nope'));
      expect(refused).toMatchObject({ kind: 'answered', errorNumber: 1045 });
    } finally {
      await topology.close();
    }
  });

  it('does not offer TLS without certificates, and says so', async () => {
    const topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1' });
    try {
      const failure = await cipherOf(topology, connect(topology, 'orc', { mode: 'always' }, 'orcpw'));
      expect(failure).toMatchObject({ kind: 'answered', errorNumber: null });
      expect((failure as ServerFailure).message).toMatch(/does not offer TLS/);
    } finally {
      await topology.close();
    }
  });
});
