import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from '../support/program.ts';
import {
  closedPort,
  type Folder,
  GREETING,
  type Impostor,
  makeFolder,
  runProgram,
  startImpostor,
} from './bad-input-support.ts';

/** What a configuration needs beside the mistake, so that the mistake is the only one. */
const SOUND = {
  ListenAddress: '127.0.0.1:0',
  HostnameResolveMethod: 'none',
  MySQLHostnameResolveMethod: 'none',
  BackendDB: 'sqlite',
};

interface Mistake {
  readonly what: string;
  /** The configuration file's text, or what differs from a sound configuration. */
  readonly text?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
  /** What the line on standard error must name: the thing and the remedy. */
  readonly says: readonly RegExp[];
  readonly exitCode?: number;
}

describe('a start that cannot work says why in one line and ends with an exit code', () => {
  let folder: Folder;
  let taken: Impostor;
  let web: Impostor;
  let silent: Impostor;
  let cutShort: Impostor;
  let nobody: number;
  let started = 0;

  beforeAll(async () => {
    folder = makeFolder();
    folder.write('no-database', 'this is a text, not a database'.repeat(100));
    mkdirSync(join(folder.path, 'a-folder'));
    taken = await startImpostor((socket) => void socket.end());
    web = await startImpostor((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    silent = await startImpostor(() => undefined);
    cutShort = await startImpostor((socket) => void socket.end(GREETING.subarray(0, 20)));
    nobody = await closedPort();
  });
  afterAll(async () => {
    await Promise.all([taken, web, silent, cutShort].map((impostor) => impostor?.close()));
    folder?.remove();
  });

  async function start({ text, config, flags }: Pick<Mistake, 'text' | 'config' | 'flags'>) {
    started += 1;
    const sqlite = { SQLite3DataFile: join(folder.path, `${started}.sqlite3`) };
    const file = folder.write(
      `${started}.conf.json`,
      text ?? JSON.stringify({ ...SOUND, ...sqlite, ...config }, null, 1),
    );
    return { file, ...(await runProgram(['http', '--config', file, ...(flags ?? [])])) };
  }

  async function expectRefusal(mistake: Mistake): Promise<void> {
    const { exitCode, stderr, file } = await start(mistake);
    expect({ exitCode, stderr }).toEqual({ exitCode: mistake.exitCode ?? 1, stderr: expect.stringMatching(/FATAL/) });
    const fatal = stderr.split('\n').filter((line) => line.includes('FATAL'));
    expect(fatal).toHaveLength(1);
    for (const words of mistake.says) expect(stderr).toMatch(words);
    if (mistake.text !== undefined) expect(stderr).toContain(file);
    expect(stderr, 'no stack trace for what a person did').not.toMatch(/^\s+at .*\.js:\d+/m);
  }

  it.each<Mistake>([
    {
      what: 'a value of the wrong type',
      text: '{\n "InstancePollSeconds": "often"\n}',
      says: [/:2:\d+: InstancePollSeconds/, /"often"|text/, /number/],
    },
    { what: 'a negative time', config: { InstancePollSeconds: -5 }, says: [/InstancePollSeconds/] },
    {
      what: 'a list where a text belongs',
      config: { ListenAddress: [':3000'] },
      says: [/ListenAddress/, /text|string/],
    },
    { what: 'broken JSON', text: '{\n "BackendDB": "sqlite",,\n}', says: [/:2:\d+:/] },
    { what: 'an empty file', text: '', says: [/is empty/, /\{\}/] },
    {
      what: 'an unreadable regular expression',
      config: { PromotionIgnoreHostnameFilters: ['fine', 'db(['] },
      says: [/PromotionIgnoreHostnameFilters/, /db\(\[/],
    },
    {
      what: 'an unknown key with --strict',
      config: { InstancePolSeconds: 5 },
      flags: ['--strict'],
      says: [/InstancePolSeconds/, /did you mean InstancePollSeconds\?/, /without --strict/],
    },
    { what: 'a backend that does not exist', config: { BackendDB: 'oracle' }, says: [/BackendDB/, /oracle/, /sqlite/] },
    {
      what: 'a password from an environment variable that is not set',
      config: { MySQLTopologyPassword: ['$', '{ORCHESTRATOR_TEST_NOT_SET}'].join('') },
      says: [/ORCHESTRATOR_TEST_NOT_SET/],
    },
    {
      what: 'a credentials file that is not there',
      config: { MySQLTopologyCredentialsConfigFile: '/nowhere/orc.cnf' },
      says: [/MySQLTopologyCredentialsConfigFile/, /\/nowhere\/orc\.cnf/],
    },
    { what: 'an address without a port', config: { ListenAddress: 'localhost' }, says: [/ListenAddress/, /:3000/] },
    {
      what: 'a seed that is no address',
      config: { DiscoverySeeds: ['db1:notaport'] },
      says: [/DiscoverySeeds: .*db1:notaport.*write host:port/],
    },
  ])('$what', expectRefusal);

  it('a configuration file that is not there', async () => {
    const { exitCode, stderr } = await runProgram(['http', '--config', join(folder.path, 'nope.json')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no configuration file .*nope\.json.*Correct --config/);
  });

  it('a folder in place of a configuration file', async () => {
    const { exitCode, stderr } = await runProgram(['http', '--config', folder.path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(folder.path);
    expect(stderr).toMatch(/cannot be read/);
  });

  it('a flag that does not exist', async () => {
    const { exitCode, stderr } = await runProgram(['http', '--conifg', 'x']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/-conifg; did you mean -config\?/);
  });

  it('a port that is in use', () =>
    expectRefusal({
      what: '',
      config: { ListenAddress: `127.0.0.1:${taken.port}` },
      says: [new RegExp(`127\\.0\\.0\\.1:${taken.port}`), /in use/, /ListenAddress/],
    }));

  it('an address that is not of this machine', () =>
    expectRefusal({
      what: '',
      config: { ListenAddress: '192.0.2.1:3000' },
      says: [/192\.0\.2\.1:3000/, /ListenAddress/],
    }));

  it('a SQLite file in a folder that cannot be made', () =>
    expectRefusal({
      what: '',
      config: { SQLite3DataFile: '/proc/nowhere/orchestrator.sqlite3' },
      says: [/\/proc\/nowhere/, /SQLite3DataFile/],
    }));

  it('a SQLite file below something that is no folder', () =>
    expectRefusal({
      what: '',
      config: { SQLite3DataFile: '/dev/null/orchestrator.sqlite3' },
      says: [/\/dev\/null/, /SQLite3DataFile/],
    }));

  it('a SQLite file that is a folder', () =>
    expectRefusal({
      what: '',
      config: { SQLite3DataFile: join(folder.path, 'a-folder') },
      says: [/a-folder/, /SQLite3DataFile/],
    }));

  it('a SQLite file that is something else', () =>
    expectRefusal({
      what: '',
      config: { SQLite3DataFile: join(folder.path, 'no-database') },
      says: [/no-database/, /no SQLite file|not a database/, /SQLite3DataFile/],
    }));

  const backend = (port: number, more: Readonly<Record<string, unknown>> = {}) => ({
    BackendDB: 'mysql',
    MySQLOrchestratorHost: '127.0.0.1',
    MySQLOrchestratorPort: port,
    MySQLOrchestratorDatabase: 'orchestrator',
    MySQLOrchestratorUser: 'orc',
    MySQLOrchestratorPassword: 'secret-of-the-backend',
    MySQLConnectTimeoutSeconds: 1,
    MySQLOrchestratorReadTimeoutSeconds: 2,
    ...more,
  });

  it.each([
    ['that nobody listens for', () => nobody],
    ['that is a web server', () => web.port],
    ['that never says a word', () => silent.port],
    ['that breaks off in its greeting', () => cutShort.port],
  ])('a MySQL backend %s', async (_what, port) => {
    const { exitCode, stderr } = await start({ config: backend(port()) });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/FATAL/) });
    expect(stderr).toContain(`127.0.0.1:${port()}/orchestrator`);
    expect(stderr).toMatch(/MySQLOrchestratorHost|MySQLOrchestratorPort/);
    expect(stderr).not.toMatch(/secret-of-the-backend/);
    expect(stderr).not.toMatch(/^\s+at .*\.js:\d+/m);
  });

  it('a MySQL backend whose name does not resolve', () =>
    expectRefusal({
      what: '',
      config: backend(3306, { MySQLOrchestratorHost: 'no-such-host.invalid' }),
      says: [/no-such-host\.invalid:3306/, /MySQLOrchestratorHost/],
    }));
});

describe('what is wrong but harmless is a warning, and the program serves', () => {
  it('unknown keys, obsolete keys, and a cluster filter that is no expression', async () => {
    const program = await startProgram({
      seeds: [],
      config: {
        InstancePolSeconds: 5,
        HTTPLogin: 'me',
        RecoverMasterClusterFilters: ['[a-', 'main'],
      },
    });
    try {
      const warnings = await program.waitFor('the warnings to be in the log', async () => {
        const said = program.log().flatMap(({ level, msg }) => (level === 40 ? [String(msg)] : []));
        return said.length >= 3 && said;
      });
      expect(warnings).toContainEqual(
        expect.stringMatching(/conf\.json:\d+: unknown key "InstancePolSeconds"; did you mean InstancePollSeconds\?/),
      );
      expect(warnings).toContainEqual(expect.stringMatching(/unknown key "HTTPLogin"/));
      expect(warnings).toContainEqual(expect.stringMatching(/RecoverMasterClusterFilters: "\[a-" is no expression/));
      expect(await program.api('health')).toMatchObject({ Code: 'OK' });
      expect(await program.stop()).toBe(0);
    } finally {
      await program.close();
    }
  });
});
