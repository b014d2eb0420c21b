import { messageOf } from '../../model/error.ts';
import type { Clock, Leadership, NodeHealth, NodeStore } from '../ports.ts';
import type { HealthReport } from '../use-cases.ts';

export interface NodeIdentity {
  readonly hostname: string;
  readonly token: string;
  readonly version: string;
  readonly dbBackend: string;
}

/** Whoever asks has less patience than a backend that is locked or gone takes. */
const BACKEND_PATIENCE_MS = 2_000;

/** This node's health as load balancers and people ask for it. */
export async function healthReport(
  deps: { readonly nodes: NodeStore; readonly leadership: Leadership; readonly clock: Clock; failure(): string | null },
  node: NodeIdentity,
): Promise<HealthReport> {
  let availableNodes: readonly NodeHealth[] = [];
  let error = deps.failure();
  const patience = new AbortController();
  try {
    const late = deps.clock.sleep(BACKEND_PATIENCE_MS, patience.signal).then(
      () => null,
      () => null,
    );
    const read = await Promise.race([deps.nodes.readAvailable(), late]);
    if (read === null) error = `the backend did not answer within ${BACKEND_PATIENCE_MS} ms`;
    else availableNodes = read;
  } catch (thrown) {
    error = messageOf(thrown);
  } finally {
    patience.abort();
  }
  const self: NodeHealth = availableNodes.find(
    ({ hostname, token }) => hostname === node.hostname && token === node.token,
  ) ?? {
    hostname: node.hostname,
    token: node.token,
    version: node.version,
    firstSeenActive: '',
    lastSeenActive: '',
    extraInfo: '',
    command: '',
    dbBackend: node.dbBackend,
  };
  return {
    isHealthy: error === null,
    hostname: node.hostname,
    token: node.token,
    isActiveNode: deps.leadership.isLeader(),
    activeNode: self,
    availableNodes,
    error,
  };
}
