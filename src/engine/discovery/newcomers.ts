import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerStore } from '../ports.ts';

/**
 * Servers that another process put into the backend (`orchestrator -c discover` beside a running program, historically the ordinary way).
 * Each is offered to discovery once, as a seed; again only after its row was gone meanwhile. Rows that vanish decide nothing: a backend that was
 * emptied or restored never removes a discovered server (design §3.1), and gets its row again. One that turned out to be a known server at another address is not
 * shown here, and goes from the backend too, where commands would show it.
 */
export function createNewcomers(deps: {
  readonly servers: Pick<ServerStore, 'listServers'>;
  known(): readonly InstanceKey[];
  /** Their rows are gone. */
  restore(keys: readonly InstanceKey[]): void;
  /** Another address of a server that is known. */
  isShownElsewhere(key: InstanceKey): boolean;
  /** Out of the backend. */
  drop(key: InstanceKey): Promise<void>;
  seed(key: InstanceKey): void;
}): { run(): Promise<void> } {
  let listed = new Set<string>();
  return {
    /** Throws when the backend cannot be read. */
    async run() {
      const keys = await deps.servers.listServers();
      const rows = new Set(keys.map(formatKey));
      const known = new Set(deps.known().map(formatKey));
      for (const key of keys) {
        if (known.has(formatKey(key))) continue;
        if (!listed.has(formatKey(key))) deps.seed(key);
        else if (deps.isShownElsewhere(key)) await deps.drop(key);
      }
      deps.restore(deps.known().filter((key) => !rows.has(formatKey(key))));
      listed = rows;
    },
  };
}
