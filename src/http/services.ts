import type { Clock, Logger } from '../engine/ports.ts';
import type { Orchestrator } from '../engine/use-cases.ts';
import type { BackendSample, DiscoverySample, FlushSample, QueueSample } from '../legacy/timing-json.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { FreshnessSettings } from '../model/server-record.ts';
import type { FleetCache } from './fleet-cache.ts';
import type { LiveHub } from './live-hub.ts';

/** This node of a raft setup, by its own words. */
export interface RaftIdentity {
  /** RaftBind and RaftAdvertise, host:port. */
  readonly bind: string;
  readonly advertise: string;
  /** Where its API is reached. */
  readonly leaderUri: string;
}

/** What the routes read of the configuration. */
export interface ApiSettings extends FreshnessSettings {
  readonly reasonableReplicationLagSeconds: number;
  readonly problemIgnoreHostnameFilters: readonly RegExp[];
  readonly recoverMasterClusterFilters: readonly string[];
  readonly recoverIntermediateMasterClusterFilters: readonly string[];
  readonly recoveryIgnoreHostnameFilters: readonly string[];
  /** `/orc` or ''. */
  readonly urlPrefix: string;
  /** UseSSL: cookies then travel by HTTPS only. */
  readonly useSsl: boolean;
  readonly webMessage: string;
  readonly removeTextFromHostnameDisplay: string;
  /** Text before every message of an envelope, e.g. `Orchestrator node1 says: `; '' for none. */
  readonly messagePrefix: string;
  /** Who acknowledges when nobody is logged in; the name of the program's unix user. */
  readonly maintenanceOwner: string;
  readonly programVersion: string;
  /** Who this node is, as analyses name it. */
  readonly nodeHostname: string;
  readonly nodeToken: string;
  /** With RaftEnabled. */
  readonly raft?: RaftIdentity | null;
}

/** The names that the resolver remembers. */
export interface ResolveCache {
  entries(): readonly { readonly hostname: string; readonly resolved: string; readonly expiresAtMs: number }[];
  clear(): Promise<void>;
}

/** Single timings of the last minutes; every list holds those of the last so many seconds, oldest first. */
export interface TimingsSource {
  discoveries(seconds: number): readonly DiscoverySample[];
  /** null when there is no queue of this name. */
  queue(name: string, seconds: number): readonly QueueSample[] | null;
  backendWrites(seconds: number): readonly BackendSample[];
  flushes(seconds: number): readonly FlushSample[];
}

/** A command of the command line, and what came of it. */
export type RunCommand = (request: {
  readonly argv: readonly string[];
  readonly hostname: string;
  readonly username: string;
  readonly may: 'reading' | 'all' | 'dry-run';
}) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

/** Counters by historic name, command line and memory; process: only the last two. */
export type DebugVariablesSource = (part: 'all' | 'process') => Readonly<Record<string, unknown>>;

/** Rendered metrics, in the format its content type says. */
export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/** Everything a route may use. */
/**
 * Reads the configuration files again. Keys that hold at once, and keys that wait for a restart. Rejects when the files are bad; then
 * nothing has changed.
 */
export type ReloadConfiguration = () => Promise<{
  readonly taken: readonly string[];
  readonly waiting: readonly string[];
}>;

export interface RouteServices {
  readonly orchestrator: Orchestrator;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: ApiSettings;
  readonly fleetCache: FleetCache;
  readonly liveHub: LiveHub;
  /** null where there is none; the routes then answer 404. */
  readonly resolveCache: ResolveCache | null;
  readonly metrics: (() => Promise<MetricsPage>) | null;
  readonly timings: TimingsSource | null;
  readonly debugVariables: DebugVariablesSource | null;
  /** Runs a command of the command line on this engine. Rejects what it will not run. */
  readonly runCommand: RunCommand | null;
  /** null where there are no files to read again. */
  readonly reloadConfiguration: ReloadConfiguration | null;
  /** Opens and closes a TCP connection. Rejects when nobody listens. */
  readonly dial: (key: InstanceKey) => Promise<void>;
  /** The OpenAPI document of the historic API, made once. */
  readonly openApi: () => unknown;
  /** That of /api/v2. */
  readonly openApiV2: () => unknown;
}
