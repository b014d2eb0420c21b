import { serveCommand } from '../../../src/cli/serve-command.ts';
import type { Clock, Logger } from '../../../src/engine/ports.ts';
import {
  createHttpServer,
  type HttpServer,
  type HttpServerDeps,
  type HttpServerSettings,
} from '../../../src/http/server.ts';
import { Secret } from '../../../src/model/secret.ts';
import { type FakeOrchestrator, fakeOrchestrator, NOW_MS } from './fake-orchestrator.ts';

export interface TestClock extends Clock {
  nowMs: number;
  /** Runs everything that was asked for with every(). */
  tick(): void;
}

export function testClock(): TestClock {
  const regular = new Set<() => void>();
  const clock: TestClock = {
    nowMs: NOW_MS,
    now: () => clock.nowMs,
    monotonicMs: () => clock.nowMs,
    sleep: async () => {},
    every(_ms, run) {
      regular.add(run);
      return () => regular.delete(run);
    },
    tick: () => {
      for (const run of regular) run();
    },
  };
  return clock;
}

const ignore = (): void => {};
export const SILENT: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
};

/** TLS as the configuration's defaults have it: none. */
export const NO_TLS = {
  useSsl: false,
  useMutualTls: false,
  sslSkipVerify: false,
  sslPrivateKeyFile: '',
  sslCertFile: '',
  sslCaFile: '',
  sslValidOus: [],
};

/** Settings as the configuration's defaults have them, on a port the system chooses. */
export const SETTINGS: HttpServerSettings = {
  listenAddress: '127.0.0.1:0',
  listenSocket: '',
  urlPrefix: '',
  authenticationMethod: 'none',
  httpAuthUser: '',
  httpAuthPassword: new Secret(''),
  httpAuthReadonlyPassword: new Secret(''),
  authUserHeader: 'X-Forwarded-User',
  powerAuthUsers: ['*'],
  powerAuthGroups: [],
  readOnly: false,
  ...NO_TLS,
  statusOuVerify: false,
  statusEndpoint: '/api/status',
  instancePollSeconds: 5,
  reasonableInstanceCheckSeconds: 1,
  reasonableReplicationLagSeconds: 10,
  problemIgnoreHostnameFilters: [],
  recoverMasterClusterFilters: ['*'],
  recoverIntermediateMasterClusterFilters: ['_none'],
  recoveryIgnoreHostnameFilters: [],
  webMessage: '',
  removeTextFromHostnameDisplay: '',
  messagePrefix: '',
  maintenanceOwner: 'orc',
  programVersion: '0.0.0-test',
  nodeHostname: 'node1',
  nodeToken: 'token1',
};

export interface TestServer {
  readonly orchestrator: FakeOrchestrator;
  readonly clock: TestClock;
  readonly server: HttpServer;
  /** Asks for a path; returns status, content type and body (parsed when it is JSON). */
  get(path: string, init?: RequestInit): Promise<TestAnswer>;
}

export interface TestAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they expect.
  readonly body: any;
}

export async function startTestServer(
  settings: Partial<HttpServerSettings> = {},
  deps: Partial<HttpServerDeps> = {},
): Promise<TestServer> {
  const orchestrator = fakeOrchestrator();
  const clock = testClock();
  const cli = { ...SETTINGS, defaultInstancePort: 1, raftEnabled: false, configurationJson: '{}' };
  const runCommand: NonNullable<HttpServerDeps['runCommand']> = (request) =>
    serveCommand(request, { orchestrator, settings: cli, version: '0.0.0-test', now: () => clock.nowMs });
  const server = await createHttpServer(
    { orchestrator, clock, logger: SILENT, staticDir: '/nonexistent', runCommand, ...deps },
    { ...SETTINGS, ...settings },
  );
  const origin = new URL(server.url.startsWith('unix:') ? 'http://localhost' : server.url).origin;
  return {
    orchestrator,
    clock,
    server,
    async get(path, init) {
      const response = await fetch(origin + path, init);
      const text = await response.text();
      const contentType = response.headers.get('content-type') ?? '';
      const isJson = contentType.startsWith('application/json') && text !== '';
      return {
        status: response.status,
        contentType,
        headers: response.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      };
    },
  };
}
