import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { KnockOutcome } from '../ports.ts';

/** How long a server of the target may take to show that it lives. */
const KNOCK_DEADLINE_MS = 2000;

export interface TargetServersDeps {
  records(): readonly ServerRecord[];
  knock(key: InstanceKey, deadlineMs: number): Promise<KnockOutcome>;
  /** Recovered, or rearranged. */
  isBeingChanged(key: InstanceKey): boolean;
}

/** A host under the names it is known by, and the port of its MySQL as its agent tells it (0: it does not). */
export interface TargetHost {
  readonly hostname: string;
  /** The same host by the name that servers go by here. */
  readonly address: string;
  readonly mysqlPort: number;
}

export interface TargetServers {
  /** Why, as far as servers tell, the data of a host must not be overwritten; null: nothing speaks against it. */
  objection(host: TargetHost): Promise<string | null>;
}

/**
 * What we know of MySQL on a host by ourselves. The agent knows its service only, and may be configured for another one; all
 * servers of the host count, whatever their port, since an agent assumes that there is one.
 */
export function createTargetServers(deps: TargetServersDeps): TargetServers {
  return {
    async objection({ hostname, address, mysqlPort }) {
      const names = new Set([hostname, address].map((name) => name.toLowerCase()));
      const here = deps.records().filter((record) => namesOf(record).some((name) => names.has(name)));
      for (const { key, check } of here) {
        const isAlive = check.lastSeenAtMs !== null && check.failure === null;
        if (isAlive)
          return `${formatKey(key)} is alive: it answered its last check; stop it before its data is overwritten`;
      }
      for (const { key, position } of here) {
        if (deps.isBeingChanged(key))
          return `${formatKey(key)} is being recovered or rearranged; wait until that is done`;
        const [replica] = position.replicas;
        if (replica !== undefined)
          return `${formatKey(replica)} replicates from ${formatKey(key)}, whose data may be the only copy; recover or move its replicas, or forget it, first`;
      }
      const own = mysqlPort > 0 ? [{ hostname, port: mysqlPort }] : [];
      const keys = new Map([...here.map(({ key }) => key), ...own].map((key) => [formatKey(key), key]));
      const answers = await Promise.all(
        [...keys.values()].map(async (key) => ({ key, isThere: isSomebody(await deps.knock(key, KNOCK_DEADLINE_MS)) })),
      );
      const alive = answers.find(({ isThere }) => isThere);
      return alive === undefined
        ? null
        : `a server answers at ${formatKey(alive.key)}, whatever the agent says; stop it before its data is overwritten`;
    },
  };
}

/** Also what a server says its host is called: addresses may be numbers or virtual names. */
const namesOf = ({ key, instance }: ServerRecord): string[] =>
  [key.hostname, instance?.mysqlHostname ?? '', instance?.reportHost ?? '']
    .filter((name) => name !== '')
    .map((name) => name.toLowerCase());

function isSomebody(outcome: KnockOutcome): boolean {
  return outcome.kind === 'answered' || ['answered', 'shutting-down', 'not-mysql'].includes(outcome.failure.kind);
}
