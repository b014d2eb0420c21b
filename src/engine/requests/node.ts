import { OrchestratorError } from '../../model/error.ts';
import { Secret } from '../../model/secret.ts';
import type {
  AccessTokenStore,
  AuditStore,
  IntentStore,
  Leadership,
  NodeHealth,
  NodeStore,
  ResolveStore,
} from '../ports.ts';

/** What people ask of the program's own processes. */
export interface NodeUseCases {
  /** Makes this node the active one. @throws OrchestratorError `not-leader` when another node is and will not give way. */
  grabElection(): Promise<void>;
  /** Lets the nodes choose the active one anew. */
  reelect(): Promise<void>;
  /** The processes whose heartbeat is fresh. */
  activeNodes(): Promise<readonly NodeHealth[]>;
  /** Makes a token for logging in by link; its public half. */
  createAccessToken(generatedBy: string): Promise<string>;
  /** Redeems the public half, once and soon. What the cookie access-token holds then; null when it is unknown or too old. */
  redeemAccessToken(publicToken: string): Promise<string | null>;
  /** Judges what the cookie holds, `public:secret`. */
  isAccessTokenValid(pair: string): Promise<boolean>;
  /** Host name → what it resolves to, as the backend remembers. */
  resolvedNames(): Promise<ReadonlyMap<string, string>>;
  clearResolvedNames(): Promise<void>;
  /** Host name → the virtual name by which replicas address it. */
  virtualNames(): Promise<ReadonlyMap<string, string>>;
}

export interface NodeDeps {
  readonly leadership: Leadership;
  readonly nodes: NodeStore;
  readonly resolve: ResolveStore;
  readonly intent: Pick<IntentStore, 'read'> & AccessTokenStore;
  readonly auditLog: AuditStore;
}

export function createNodeUseCases({ leadership, nodes, resolve, intent, auditLog }: NodeDeps): NodeUseCases {
  return {
    async grabElection() {
      if (!leadership.isLeader())
        throw new OrchestratorError(
          'not-leader',
          'another node is active and this one cannot take its place; ask the active node to step down',
        );
      await auditLog.write('grab-election', null, '', 'this node is the active one');
    },
    async reelect() {
      // A node that runs alone is chosen again at once.
      await auditLog.write('reelect', null, '', 'asked for by a person');
    },
    activeNodes: () => nodes.readAvailable(),
    createAccessToken: (generatedBy) => intent.createAccessToken(generatedBy),
    async redeemAccessToken(publicToken) {
      const secret = await intent.acquireAccessToken(publicToken);
      return secret === null ? null : `${publicToken}:${secret.reveal()}`;
    },
    async isAccessTokenValid(pair) {
      const [publicToken = '', secretToken = ''] = pair.split(':');
      if (publicToken === '' || secretToken === '') return false;
      return intent.isAccessTokenValid(publicToken, new Secret(secretToken));
    },
    resolvedNames: () => resolve.readAll(),
    clearResolvedNames: () => resolve.clear(),
    virtualNames: async () => (await intent.read()).unresolves,
  };
}
