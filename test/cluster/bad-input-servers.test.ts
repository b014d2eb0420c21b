import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import { type Program, startProgram } from '../support/program.ts';
import { closedPort, errorGreeting, GREETING, type Impostor, startImpostor } from './bad-input-support.ts';

interface Answer {
  readonly Code: string;
  readonly Message: string;
}

interface Impersonation {
  readonly what: string;
  readonly behave: (socket: Socket) => void;
  readonly says: RegExp;
}

const IMPERSONATIONS: readonly Impersonation[] = [
  {
    what: 'a web server that waits for the client',
    behave: (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    says: /did not send its greeting within \d+ ms: .*check the server and the port/,
  },
  {
    what: 'a web server that answers at once',
    behave: (socket) => socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'),
    says: /is not a MySQL server \(it began with "HTTP\/1\.1 408.*check the port/,
  },
  {
    what: 'an SSH server',
    behave: (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    says: /is not a MySQL server \(it began with "SSH-2\.0/,
  },
  {
    what: 'a silent port',
    behave: () => undefined,
    says: /did not send its greeting within \d+ ms: .*check the server and the port/,
  },
  {
    what: 'a port that hangs up',
    behave: (socket) => socket.end(),
    says: /closed the connection without a greeting: check the port/,
  },
  {
    what: 'a port that resets',
    behave: (socket) => socket.resetAndDestroy(),
    says: /reset the connection \(driver: bad connection\): check the port/,
  },
  {
    what: 'a greeting that breaks off',
    behave: (socket) => socket.end(GREETING.subarray(0, 20)),
    says: /is not a MySQL server \(its greeting broke off\)/,
  },
  {
    what: 'a greeting that stops half way',
    behave: (socket) => socket.write(GREETING.subarray(0, 20)),
    says: /did not send its greeting within \d+ ms: .*check the server and the port/,
  },
  {
    what: 'a greeting, and then nothing',
    behave: (socket) => socket.write(GREETING),
    says: /did not finish the login within \d+ ms: .*look at that server/,
  },
  {
    what: 'a greeting, and then nonsense',
    behave: (socket) => {
      socket.write(GREETING);
      socket.once('data', () => socket.write(Buffer.alloc(64, 0x7f)));
    },
    says: /is not a MySQL server|ended the connection|closed the connection|did not .* within/,
  },
  {
    what: 'a server that blocks this host',
    behave: (socket) => socket.end(errorGreeting(1129, "Host 'x' is blocked because of many connection errors")),
    says: /answered error 1129 .*FLUSH HOSTS/,
  },
  {
    what: 'a server that does not know this host',
    behave: (socket) => socket.end(errorGreeting(1130, "Host 'x' is not allowed to connect to this MySQL server")),
    says: /answered error 1130 .*create the account of MySQLTopologyUser/,
  },
  {
    what: 'a hose: data without end',
    behave: (socket) => {
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x41)));
      };
      socket.on('drain', pour);
      pour();
    },
    says: /is not a MySQL server/,
  },
];

describe('servers that are none, beside a topology that is sound', () => {
  let topology: LabTopology;
  let program: Program;
  let impostors: readonly Impostor[] = [];

  beforeAll(async () => {
    impostors = await Promise.all(IMPERSONATIONS.map(({ behave }) => startImpostor(behave)));
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2)' });
    program = await startProgram({
      // All of them are seeds as well: none may keep the program from starting or from seeing the others.
      seeds: [
        'no-such-host.invalid:3306',
        ...impostors.map(({ port }) => `127.0.0.1:${port}`),
        `127.0.0.1:${topology.primary.port}`,
      ],
      config: { MySQLConnectTimeoutSeconds: 1 },
    });
    await seesTopology();
  });
  afterAll(async () => {
    await program?.close();
    await topology?.close();
    await Promise.all(impostors.map((impostor) => impostor.close()));
  });

  async function seesTopology(): Promise<void> {
    await program.waitFor('the sound topology', async () => {
      const members = await program.api<readonly { IsLastCheckValid: boolean }[]>(
        `cluster/127.0.0.1:${topology.primary.port}`,
      );
      return members.length === 2 && members.every((member) => member.IsLastCheckValid);
    });
  }

  async function discover(address: string): Promise<Answer & { readonly tookMs: number }> {
    const startedMs = performance.now();
    const answer = await program.api<Answer>(`discover/${address}`);
    return { ...answer, tookMs: performance.now() - startedMs };
  }

  it.each(IMPERSONATIONS.map((one, index) => ({ ...one, index })))(
    '$what: discover says so',
    async ({ says, index }) => {
      const port = impostors[index]?.port ?? 0;
      const { Code, Message, tookMs } = await discover(`127.0.0.1/${port}`);
      expect({ Code, Message }).toEqual({ Code: 'ERROR', Message: expect.stringMatching(says) });
      expect(Message).toContain(`127.0.0.1:${port}`);
      expect(tookMs).toBeLessThan(10_000);
    },
  );

  it('nobody listens: names the address and the remedy', async () => {
    const port = await closedPort();
    const { Message } = await discover(`127.0.0.1/${port}`);
    expect(Message).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} refused the connection: .*check host and port`));
  });

  it('a name that does not resolve', async () => {
    const { Message } = await discover('no-such-host.invalid/3306');
    expect(Message).toMatch(/no-such-host\.invalid:3306 has no address: .*check DNS/);
  });

  it.each([
    ['a port that is none', '127.0.0.1/port', /port/i],
    ['a port beyond all ports', '127.0.0.1/70000', /70000|port/i],
  ])('%s', async (_what, address, says) => {
    const { Code, Message } = await discover(address);
    expect({ Code, Message }).toEqual({ Code: 'ERROR', Message: expect.stringMatching(says) });
  });

  it('none of them became a server, and every seed that failed is told in the log with its reason', async () => {
    const known = await program.api<readonly { Port: number }[]>('bulk-instances');
    const ports = new Set(impostors.map(({ port }) => port));
    expect(known).toHaveLength(topology.servers.size);
    expect(known.filter(({ Port }) => ports.has(Port))).toEqual([]);
    const told = await program.waitFor('every seed that failed to be told', async () => {
      const failures = program
        .log()
        .flatMap(({ msg, failure }) => (/^a seed cannot be read/.test(String(msg)) ? [String(failure)] : []));
      return new Set(failures).size > impostors.length && failures;
    });
    for (const [index, { port }] of impostors.entries()) {
      expect(told).toContainEqual(expect.stringContaining(`127.0.0.1:${port} `));
      expect(told).toContainEqual(expect.stringMatching(IMPERSONATIONS[index]?.says ?? /./));
    }
    expect(told).toContainEqual(expect.stringMatching(/no-such-host\.invalid:3306 has no address/));
  });

  it('a seed that comes up later is found without a hand', async () => {
    const late = await startImpostor(() => undefined);
    await late.close();
    const port = late.port;
    const seeded = await startProgram({ seeds: [`127.0.0.1:${port}`], config: { InstancePollSeconds: 1 } });
    let relay: Impostor | null = null;
    try {
      await seeded.waitFor('the missing seed to be told', async () =>
        seeded.log().some(({ failure }) => String(failure).startsWith(`127.0.0.1:${port} refused the connection`)),
      );
      expect(await seeded.api('bulk-instances')).toEqual([]);
      relay = await startImpostor((socket) => {
        const upstream = connect(topology.primary.port, '127.0.0.1');
        upstream.on('error', () => socket.destroy());
        socket.pipe(upstream).pipe(socket);
      }, port);
      // It leads to the topology behind it: the server itself, known by its own address, and its replica.
      await seeded.waitFor('the topology behind the late seed', async () =>
        (await seeded.api<readonly { Port: number }[]>('bulk-instances')).some(
          ({ Port }) => Port === topology.server(2).port,
        ),
      );
    } finally {
      await seeded.close();
      await relay?.close();
    }
  });

  it('and the sound topology is read on, and is healthy', async () => {
    await topology.primary.query("INSERT INTO app.t VALUES (1, 'sound', '')");
    await topology.waitCaughtUp(2);
    await seesTopology();
    expect(await program.api('health')).toMatchObject({ Code: 'OK' });
    expect(await program.api('audit-recovery')).toEqual([]);
  });
});
