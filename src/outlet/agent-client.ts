import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { AgentClient, AgentOrder, AgentRecord, AgentStatus } from '../engine/ports.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';

export interface AgentClientSettings {
  /** AgentsUseSSL. */
  readonly useTls: boolean;
  /** AgentSSLSkipVerify. */
  readonly skipVerify: boolean;
  /** PEM texts; null where none is configured. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly timeoutMs: number;
}

/** Answers are short; more than this is no answer of an agent. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Speaks HTTP to orchestrator-agent: everything is a GET below /api with the agent's token. */
export function createAgentClient(settings: AgentClientSettings): AgentClient {
  const { useTls, skipVerify, ca, cert, key, timeoutMs } = settings;
  const tls = useTls
    ? {
        rejectUnauthorized: !skipVerify,
        ...(ca === null ? {} : { ca }),
        ...(cert === null ? {} : { cert }),
        ...(key === null ? {} : { key }),
      }
    : {};

  /** One request; with `until` it has no deadline of its own. */
  function get(
    agent: AgentRecord,
    path: string,
    query: Readonly<Record<string, string>> = {},
    until?: AbortSignal,
  ): Promise<string> {
    const where = `agent of ${agent.hostname}, port ${agent.port}`;
    const search = new URLSearchParams({ ...query, token: agent.token });
    const options: RequestOptions = {
      host: agent.hostname,
      port: agent.port,
      path: `/api/${path}?${search}`,
      // A connection of its own: one that the agent closes just now would make an order look refused.
      agent: false,
      ...(until === undefined ? { timeout: timeoutMs } : { signal: until }),
      ...tls,
    };
    return new Promise((resolve, reject) => {
      const fail = (code: string, message: string, cause?: unknown): void =>
        until?.aborted === true
          ? reject(until.reason)
          : reject(new OrchestratorError(code, `${where}: ${path}: ${message}`, { cause }));
      const sent = (useTls ? tlsRequest : plainRequest)(options, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > MOST_BYTES) sent.destroy(new Error('the answer is too long'));
        });
        response.on('end', () => {
          const isGood = response.statusCode === 200 && !isComplaint(body);
          if (isGood) resolve(body);
          else fail('agent-refused', `status ${response.statusCode}: ${body.slice(0, 200).trim()}`);
        });
        response.on('error', (error) => fail('agent-unreachable', messageOf(error), error));
      });
      // An agent may work for hours before it answers; that its host is gone must be noticed all the same.
      if (until !== undefined) sent.on('socket', (socket) => socket.setKeepAlive(true, timeoutMs));
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      sent.on('error', (error) => fail('agent-unreachable', messageOf(error), error));
      sent.end();
    });
  }

  /** One thing that an agent tells; null when it does not, or in no JSON. */
  async function told(agent: AgentRecord, path: string): Promise<unknown> {
    try {
      return JSON.parse(await get(agent, path));
    } catch (thrown) {
      if (thrown instanceof OrchestratorError && thrown.code === 'agent-unreachable') throw thrown;
      return null;
    }
  }

  const flagOf = async (agent: AgentRecord, path: string): Promise<boolean | null> => {
    const value = await told(agent, path);
    return typeof value === 'boolean' ? value : null;
  };

  return {
    async status(agent) {
      // The first tells whether anybody is there; the others may be missing.
      const running = await told(agent, 'mysql-status');
      const [local, all, volumes, mount, usage, port, free, tail] = await Promise.all(
        [
          ...['available-snapshots-local', 'available-snapshots', 'lvs-snapshots', 'mount', 'mysql-du'],
          ...['mysql-port', 'mysql-datadir-available-space', 'mysql-error-log-tail'],
        ].map((path) => told(agent, path)),
      );
      return {
        mysqlIsRunning: typeof running === 'boolean' ? running : null,
        localSnapshots: texts(local),
        snapshots: texts(all),
        volumes: list(volumes).map(volumeOf),
        mount: mountOf(mount),
        mysqlDiskUsage: numberOf(usage),
        mysqlPort: numberOf(port),
        datadirFree: numberOf(free),
        errorLogTail: texts(tail),
      } satisfies AgentStatus;
    },
    async order(agent, order, until) {
      const [path, query = {}] = requestOf(order);
      return plain(await get(agent, path, query, until));
    },
    async mysqlDiskUsage(agent) {
      const value = await told(agent, 'mysql-du');
      return typeof value === 'number' && Number.isFinite(value) ? value : null;
    },
    async seedCommand(agent, seedId) {
      const isCompleted = await flagOf(agent, `seed-command-completed/${seedId}`);
      return {
        isCompleted,
        isSuccessful: isCompleted ? await flagOf(agent, `seed-command-succeeded/${seedId}`) : null,
      };
    },
    close: () => Promise.resolve(),
  };
}

/** The envelope of a failure, as the agent answers to a wrong token; whatever the status. */
function isComplaint(body: string): boolean {
  if (!body.trimStart().startsWith('{')) return false;
  try {
    return object(JSON.parse(body)).Code === 'ERROR';
  } catch {
    return false;
  }
}

/** A JSON string as the text it holds; anything else as it is. */
function plain(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'string' ? value : body;
  } catch {
    return body;
  }
}

function requestOf(order: AgentOrder): [path: string, query?: Readonly<Record<string, string>>] {
  switch (order.kind) {
    case 'mount':
      return ['mountlv', { lv: order.volume }];
    case 'remove-volume':
      return ['removelv', { lv: order.volume }];
    case 'custom-command':
      return [`custom-commands/${encodeURIComponent(order.command)}`];
    case 'delete-datadir':
      return ['delete-mysql-datadir'];
    case 'receive-seed':
      return [`receive-mysql-seed-data/${order.seedId}`];
    case 'send-seed':
      return [`send-mysql-seed-data/${encodeURIComponent(order.targetHostname)}/${order.seedId}`];
    case 'abort-seed':
      return [`abort-seed/${order.seedId}`];
    case 'post-copy':
      return ['post-copy', { sourceHost: order.sourceHostname }];
    default:
      return [order.kind];
  }
}

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): readonly string[] => list(value).map(String);
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (Number.isFinite(Number(value)) ? Number(value) : 0);

const volumeOf = (value: unknown) => {
  const one = object(value);
  return {
    name: textOf(one.Name),
    groupName: textOf(one.GroupName),
    path: textOf(one.Path),
    isSnapshot: one.IsSnapshot === true,
    snapshotPercent: numberOf(one.SnapshotPercent),
  };
};

const mountOf = (value: unknown) => {
  const one = object(value);
  return {
    path: textOf(one.Path),
    device: textOf(one.Device),
    lvPath: textOf(one.LVPath),
    fileSystem: textOf(one.FileSystem),
    isMounted: one.IsMounted === true,
    diskUsage: numberOf(one.DiskUsage),
    mysqlDataPath: textOf(one.MySQLDataPath),
    mysqlDiskUsage: numberOf(one.MySQLDiskUsage),
  };
};
