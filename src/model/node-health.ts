/** One of our own processes, as its heartbeat row tells. */
export interface NodeHealth {
  readonly hostname: string;
  readonly token: string;
  readonly version: string;
  readonly firstSeenActive: string;
  readonly lastSeenActive: string;
  readonly extraInfo: string;
  readonly command: string;
  readonly dbBackend: string;
}

/** The health of the node that is asked. */
export interface HealthReport {
  readonly isHealthy: boolean;
  readonly hostname: string;
  readonly token: string;
  readonly isActiveNode: boolean;
  readonly activeNode: NodeHealth;
  readonly availableNodes: readonly NodeHealth[];
  /** null when healthy. */
  readonly error: string | null;
}
