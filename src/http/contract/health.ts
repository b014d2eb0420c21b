import * as z from 'zod';

export const NodeHealthJson = z.object({
  Hostname: z.string(),
  Token: z.string(),
  AppVersion: z.string(),
  FirstSeenActive: z.string(),
  LastSeenActive: z.string(),
  ExtraInfo: z.string(),
  Command: z.string(),
  DBBackend: z.string(),
  LastReported: z.string(),
});
export type NodeHealthJson = z.infer<typeof NodeHealthJson>;

/** Health of this node, for load balancers and monitoring. */
export const HealthJson = z.object({
  Healthy: z.boolean(),
  Hostname: z.string(),
  Token: z.string(),
  IsActiveNode: z.boolean(),
  ActiveNode: NodeHealthJson,
  Error: z.unknown().nullable(),
  AvailableNodes: z.array(NodeHealthJson),
  RaftLeader: z.string(),
  IsRaftLeader: z.boolean(),
  RaftLeaderURI: z.string(),
  RaftAdvertise: z.string(),
  RaftHealthyMembers: z.array(z.string()).nullable(),
});
export type HealthJson = z.infer<typeof HealthJson>;

/** This node of a raft setup, for /api/raft-status. */
export const RaftStatus = z.object({
  RaftBind: z.string(),
  RaftAdvertise: z.string(),
  State: z.string(),
  Healthy: z.boolean(),
  IsPartOfQuorum: z.boolean(),
  Leader: z.string(),
  LeaderURI: z.string(),
  Peers: z.array(z.string()),
});
