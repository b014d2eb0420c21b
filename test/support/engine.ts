import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAB_USERS, type LabServer, type LabTopology } from '../../lab/index.ts';
import { type App, compose } from '../../src/compose.ts';
import type { OperationOutcome } from '../../src/engine/operations/outcome.ts';
import type { Logger, Servers } from '../../src/engine/ports.ts';
import type { Orchestrator } from '../../src/engine/use-cases.ts';
import type { InstanceKey } from '../../src/model/instance-key.ts';
import type { OperationKind, OperationRequest } from '../../src/plan/operations/request.ts';
import { loadFile } from './load-config.ts';

/** What an operation may carry beside its servers. */
export type Extras = Omit<OperationRequest, 'kind' | 'instance' | 'destination'>;

/** A line of the log, with the time when it was written (performance.now()). */
export interface LogLine {
  readonly atMs: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The engine with its real adapters in this process. Servers are named by their number. */
export interface Engine {
  readonly orchestrator: Orchestrator;
  /** Everything it logged from level info on, oldest first. */
  readonly log: readonly LogLine[];
  /** Warnings and worse, as text. */
  readonly complaints: readonly string[];
  request(kind: OperationKind, server: number, destination?: number | null, extras?: Extras): OperationRequest;
  run(kind: OperationKind, server: number, destination?: number | null, extras?: Extras): Promise<OperationOutcome>;
  /** Reads every server of the topology. */
  discoverAll(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly mode?: 'continuous' | 'one-shot';
  readonly config?: Readonly<Record<string, unknown>>;
  /** Where the backend and the configuration are; default a folder of its own, removed at the end. */
  readonly dir?: string;
  /** Puts faults between the engine and the servers. */
  readonly wrapServers?: (servers: Servers) => Servers;
}

export const keyOf = (server: LabServer): InstanceKey => ({ hostname: server.host, port: server.port });

/** The configuration of a process of ours that works on a lab's topology, with its backend in `dir`; gives the file's path. */
export function writeOperatorConfig(dir: string, config: Readonly<Record<string, unknown>> = {}): string {
  const file = join(dir, 'orchestrator.conf.json');
  const { user, password } = LAB_USERS.orchestrator;
  const settings = {
    MySQLTopologyUser: user,
    MySQLTopologyPassword: password,
    HostnameResolveMethod: 'none',
    MySQLHostnameResolveMethod: 'none',
    BackendDB: 'sqlite',
    SQLite3DataFile: join(dir, 'orchestrator.sqlite3'),
    // Whoever else listens on the default port of this machine is no concern of ours.
    ListenAddress: '127.0.0.1:0',
    ...config,
  };
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

/** Puts the program together as `orchestrator -c …` (one-shot) or `orchestrator http` (continuous) would, and reads all servers. */
export async function openEngine(topology: LabTopology, options: EngineOptions = {}): Promise<Engine> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'orchestrator-operations-'));
  const explicitPath = writeOperatorConfig(dir, options.config);
  const loaded = loadFile(explicitPath);
  const log: LogLine[] = [];
  const complaints: string[] = [];
  const app: App = await compose(loaded, {
    mode: options.mode ?? 'one-shot',
    logger: loggerInto(log, complaints),
    programFolder: import.meta.dirname,
    version: 'test',
    ...(options.wrapServers === undefined ? {} : { wrapServers: options.wrapServers }),
  });
  const { orchestrator } = app;
  const keyAt = (number: number): InstanceKey => keyOf(topology.server(number));
  const request: Engine['request'] = (kind, server, destination = null, extras = {}) => ({
    kind,
    instance: keyAt(server),
    destination: destination === null ? null : keyAt(destination),
    ...extras,
  });
  const engine: Engine = {
    orchestrator,
    log,
    complaints,
    request,
    run: (...words) => orchestrator.operations.run(request(...words), 'tester'),
    async discoverAll() {
      await Promise.all([...topology.servers.values()].map((server) => orchestrator.discover(keyOf(server))));
    },
    async close() {
      await app.close();
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await engine.discoverAll();
    return engine;
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
}

/** What came of an operation, for people. */
export function sentenceOf(outcome: OperationOutcome): string {
  switch (outcome.kind) {
    case 'done':
      return `done by ${outcome.plan.method}${outcome.failed.map(({ reason }) => `; failed: ${reason}`).join('')}`;
    case 'failed':
      return `failed: ${outcome.reason}`;
    case 'refused': {
      const { reason, objections } = outcome.refusal;
      return `refused: ${reason} [${objections.map(({ subject, rule }) => `${subject}: ${rule}`).join(', ')}]`;
    }
  }
}

function loggerInto(log: LogLine[], complaints: string[]): Logger {
  const quiet = (): void => undefined;
  const keep = (fields: object, message: string): void => {
    log.push({ atMs: performance.now(), message, fields: { ...fields } });
  };
  const complain = (fields: object, message: string): void => {
    keep(fields, message);
    const { err, ...rest } = fields as { err?: unknown };
    const details = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    complaints.push(`${message}${details}${err instanceof Error ? `: ${err.stack ?? err.message}` : ''}`);
  };
  return { trace: quiet, debug: quiet, info: keep, warn: complain, error: complain, fatal: complain };
}
