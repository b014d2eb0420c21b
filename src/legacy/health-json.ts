import type { HealthReport, NodeHealth } from '../model/node-health.ts';
import { ZERO_TIME } from './go-time.ts';

/** What a node of a consensus setup adds; a lone node has none of it. */
export interface RaftFacts {
  readonly leader: string;
  readonly isLeader: boolean;
  readonly leaderUri: string;
  readonly advertise: string;
  readonly healthyMembers: readonly string[] | null;
}

const NO_RAFT: RaftFacts = { leader: '', isLeader: false, leaderUri: '', advertise: '', healthyMembers: null };

/** A node in the historic shape. */
export const nodeHealthJson = (facts: NodeHealth) => ({
  Hostname: facts.hostname,
  Token: facts.token,
  AppVersion: facts.version,
  FirstSeenActive: facts.firstSeenActive,
  LastSeenActive: facts.lastSeenActive,
  ExtraInfo: facts.extraInfo,
  Command: facts.command,
  DBBackend: facts.dbBackend,
  LastReported: ZERO_TIME,
});

/** A node as the command line has always printed it: Go's plain form of its fields. */
export const nodeLine = (facts: NodeHealth): string => {
  const { hostname, token, version, firstSeenActive, lastSeenActive, extraInfo, command, dbBackend } = facts;
  const zeroTime = '0001-01-01 00:00:00 +0000 UTC';
  return `{${[hostname, token, version, firstSeenActive, lastSeenActive, extraInfo, command, dbBackend, zeroTime].join(' ')}}`;
};

/** A node's health in the historic shape. An error has always shown as {}; its text is in the message of the envelope. */
export const healthJson = (facts: HealthReport, raft: RaftFacts = NO_RAFT) => ({
  Healthy: facts.isHealthy,
  Hostname: facts.hostname,
  Token: facts.token,
  IsActiveNode: facts.isActiveNode,
  ActiveNode: nodeHealthJson(facts.activeNode),
  Error: facts.error === null ? null : {},
  AvailableNodes: facts.availableNodes.map(nodeHealthJson),
  RaftLeader: raft.leader,
  IsRaftLeader: raft.isLeader,
  RaftLeaderURI: raft.leaderUri,
  RaftAdvertise: raft.advertise,
  RaftHealthyMembers: raft.healthyMembers === null ? null : [...raft.healthyMembers],
});
