/** The process's surroundings: time, log, hooks, names, leadership. */

/** Time. Wall time is for records, monotonic time for deadlines. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back every `ms`; returns how to stop it. */
  every(ms: number, run: () => void): () => void;
}

/** Six methods; messages are constant texts, data goes in the fields. */
export interface Logger {
  trace(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

/** Runs hook commands; see outlet/hooks. */
export interface HookRunner {
  /** Runs the list in order; the first failing command stops it. */
  run(list: readonly string[], context: HookContext): Promise<HookResult>;
}

export interface HookContext {
  /** e.g. `PreFailoverProcesses`. */
  readonly listName: string;
  /** Placeholder name (without braces) → text; a placeholder not in the map stays literal. */
  readonly placeholders: ReadonlyMap<string, string>;
  /** Environment beside the program's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** What each command finds as $1, $2, …; none where absent. */
  readonly arguments?: readonly string[];
  /** Called for every command with what happened, for the audit. */
  readonly onCommand: (message: string) => void;
}

export type HookResult =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly command: string; readonly message: string };

/** Host name resolving; see HostnameResolveMethod. */
export interface HostnameResolver {
  resolve(hostname: string): Promise<string>;
  /** Remembers what a server says its own name is. False when that name is rejected by configuration. */
  learn(hostname: string, resolved: string): Promise<boolean>;
  /** The address that the system knows a name by, whatever the method; null: none, undefined: it did not say in time. */
  addressOf(hostname: string): Promise<string | null | undefined>;
}

/** May this node act? Asked before every destructive step. */
export interface Leadership {
  isLeader(): boolean;
  /** Milliseconds for which leadership is certain. */
  remainingMs(): number;
}
