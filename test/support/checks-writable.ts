import { createConnection } from 'mysql2/promise';
import { LAB_USERS, type LabServer, type LabTopology } from '../../lab/index.ts';

const SAMPLE_EVERY_MS = 20;

/** From the last look before to the first look after a server was seen writable, so rather too long than too short; performance.now(). */
interface Span {
  readonly server: number;
  readonly fromMs: number;
  untilMs: number;
}

export interface WritableWatch {
  /** Ends the sampling; the longest time during which two servers were seen writable at once, and who. */
  stop(): Promise<{ readonly longestOverlapMs: number; readonly between: readonly number[] }>;
}

/** Samples read_only of every server about every 20 ms, each over a connection of its own, so that a dead one delays nobody. */
export function watchWritable(topology: LabTopology): WritableWatch {
  const spans: Span[] = [];
  let isOver = false;
  const watchers = [...topology.servers.values()].map((server) => watch(server));

  async function watch(server: LabServer): Promise<void> {
    let connection: Awaited<ReturnType<typeof createConnection>> | null = null;
    let span: Span | null = null;
    let lookedAtMs = performance.now();
    while (!isOver) {
      let isWritable = false;
      try {
        connection ??= await connect(server);
        const [rows] = await connection.query('SELECT @@global.read_only AS ro');
        isWritable = Number((rows as { ro: unknown }[])[0]?.ro) === 0;
      } catch {
        connection?.destroy();
        connection = null;
      }
      if (span !== null) span.untilMs = performance.now();
      if (!isWritable) span = null;
      else if (span === null) {
        span = { server: server.number, fromMs: lookedAtMs, untilMs: performance.now() };
        spans.push(span);
      }
      lookedAtMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS));
    }
    connection?.destroy();
  }

  return {
    async stop() {
      isOver = true;
      await Promise.all(watchers);
      let longestOverlapMs = 0;
      let between: readonly number[] = [];
      for (const one of spans) {
        for (const other of spans) {
          if (one.server >= other.server) continue;
          const overlapMs = Math.min(one.untilMs, other.untilMs) - Math.max(one.fromMs, other.fromMs);
          if (overlapMs > longestOverlapMs) {
            longestOverlapMs = overlapMs;
            between = [one.server, other.server];
          }
        }
      }
      return { longestOverlapMs, between };
    },
  };
}

async function connect(server: LabServer) {
  const connection = await createConnection({
    ...LAB_USERS.root,
    host: server.host,
    port: server.directPort,
    connectTimeout: 500,
  });
  connection.on('error', () => undefined);
  return connection;
}
