import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerFailure, Servers } from '../../src/engine/ports.ts';
import type { Instance } from '../../src/model/instance.ts';
import { formatKey, type InstanceKey } from '../../src/model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../src/model/testing/instances.ts';

/** So many clusters, each a primary with replicas; every tenth server of a cluster has replicas of its own. */
export interface FleetShape {
  readonly clusters: number;
  readonly serversOfEach: number;
}

interface ImaginaryServer {
  readonly id: number;
  readonly source: string | null;
  readonly replicas: readonly InstanceKey[];
}

const PORT = 3306;
const LATENCY_MS = 1;
const FANOUT = 10;

const nameOf = (cluster: number, server: number): string => `db-${cluster}-${server}.example:${PORT}`;

/** Addresses of the primaries; the replicas are found from them. */
export const primariesOf = ({ clusters }: FleetShape): readonly string[] =>
  Array.from({ length: clusters }, (_, cluster) => nameOf(cluster, 0));

/** Number of the source of a server: the first ten hang on the primary, the others on those ten. */
const sourceOf = (server: number): number => (server <= FANOUT ? 0 : 1 + (server % FANOUT));

function servers({ clusters, serversOfEach }: FleetShape): ReadonlyMap<string, ImaginaryServer> {
  const numbers = Array.from({ length: serversOfEach }, (_, server) => server);
  const keyOf = (cluster: number, server: number): InstanceKey => ({
    hostname: nameOf(cluster, server).slice(0, -`:${PORT}`.length),
    port: PORT,
  });
  return new Map(
    Array.from({ length: clusters }, (_, cluster) =>
      numbers.map((server): [string, ImaginaryServer] => [
        nameOf(cluster, server),
        {
          id: 1 + cluster * serversOfEach + server,
          source: server === 0 ? null : nameOf(cluster, sourceOf(server)),
          replicas: numbers.filter((other) => other > 0 && sourceOf(other) === server).map((at) => keyOf(cluster, at)),
        },
      ]),
    ).flat(),
  );
}

/**
 * Servers that are nowhere but in this process: a thousand real ones cannot be had on one machine. They answer after a
 * millisecond, as busy servers do: every reading has other coordinates and transactions than the one before.
 */
export function createImaginaryServers(shape: FleetShape): Servers {
  const fleet = servers(shape);
  const startedMs = performance.now();
  const absent = (key: InstanceKey): ServerFailure => ({
    kind: 'unresolved',
    errorNumber: null,
    message: `there is no ${formatKey(key)}`,
  });

  function read(name: string, server: ImaginaryServer): Instance {
    const done = 1_000_000 + Math.floor(performance.now() - startedMs);
    const primaryId = server.id - ((server.id - 1) % shape.serversOfEach);
    const executedGtid = `${uuidOf(primaryId)}:1-${done}`;
    const at = { kind: 'binlog', file: 'binlog.000042', position: done } as const;
    return instanceOf(name, {
      serverId: server.id,
      serverUuid: uuidOf(server.id),
      isReadOnly: server.source !== null,
      ownCoordinates: at,
      executedGtid,
      attachedReplicas: server.replicas,
      hasReplicationCredentials: true,
      replication:
        server.source === null
          ? null
          : replicationOf(server.source, {
              sourceUuid: uuidOf(fleet.get(server.source)?.id ?? 0),
              readCoordinates: at,
              executedCoordinates: at,
              receivedGtid: executedGtid,
            }),
    });
  }

  return {
    async probe(key) {
      await sleep(LATENCY_MS);
      const server = fleet.get(formatKey(key));
      if (server === undefined)
        return { kind: 'failed', failure: absent(key), isPartial: false, latencyMs: LATENCY_MS };
      return { kind: 'answered', instance: read(formatKey(key), server), warnings: [] };
    },
    knock: async (key) => (fleet.has(formatKey(key)) ? { kind: 'answered' } : { kind: 'failed', failure: absent(key) }),
    execute: async ({ key }) => ({ kind: 'failed', failure: absent(key) }),
    inquire: async ({ key }) => ({ kind: 'failed', failure: absent(key) }),
    renamed: (instance, key) => ({ ...instance, key }),
    render: (_instance, command) => [command.kind],
    onSessionEvent: () => () => undefined,
    release: () => undefined,
    close: () => Promise.resolve(),
  };
}
