import { LAB_USERS, type LabServer } from '../../lab/index.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import type { Logger, Servers } from '../../src/engine/ports.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { InstanceKey } from '../../src/model/instance-key.ts';
import { Secret } from '../../src/model/secret.ts';
import { createServers } from '../../src/mysql/servers.ts';
import { NO_CLASSIFICATION, type ServersSettings } from '../../src/mysql/settings.ts';

const silent = (): void => undefined;
const logger: Logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent };

/** The real adapter with the lab's topology account. */
export function connectLab(change: Partial<ServersSettings> = {}): Servers {
  return createServers(
    { clock: createSystemClock(), logger },
    {
      user: LAB_USERS.orchestrator.user,
      password: new Secret(LAB_USERS.orchestrator.password),
      connectTimeoutMs: 5_000,
      readTimeoutMs: 5_000,
      tls: { mode: 'never', ca: null, cert: null, key: null, skipVerify: true, rememberMs: 60_000 },
      replicationLagQuery: '',
      replicationCredentialsQuery: '',
      classification: NO_CLASSIFICATION,
      ...change,
    },
  );
}

export const keyOf = (server: LabServer): InstanceKey => ({ hostname: server.host, port: server.port });

/** One full reading; throws with the failure's sentence when there is none. */
export async function readServer(servers: Servers, server: LabServer): Promise<Instance> {
  const outcome = await servers.probe(keyOf(server), { deadlineMs: 5_000, depth: 'full', previous: null });
  if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
  return outcome.instance;
}
