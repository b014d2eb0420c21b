import type { Clock, Leadership, NodeHealth, NodeStore } from '../ports.ts';
import type { HealthReport } from '../use-cases.ts';

export interface NodeIdentity {
  readonly hostname: string;
  readonly token: string;
  readonly version: string;
  readonly dbBackend: string;
}

/** This node's health as load balancers and people ask for it. */
export async function healthReport(
  deps: { readonly nodes: NodeStore; readonly leadership: Leadership; readonly clock: Clock; failure(): string | null },
  node: NodeIdentity,
): Promise<HealthReport> {
  let availableNodes: readonly NodeHealth[] = [];
  let error = deps.failure();
  try {
    availableNodes = await deps.nodes.readAvailable();
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
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
