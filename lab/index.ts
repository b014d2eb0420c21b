/** The lab: real MySQL and MariaDB servers as replication topologies on this machine. Guide: docs/dev/lab.md. */
export type { Param, Row } from './connection.ts';
export { errnoOf } from './connection.ts';
export { LabError, type LabErrorCode } from './error.ts';
export { FLAVOURS, type Flavour, parseFlavour } from './flavour.ts';
export type { TopologyOptions } from './plan-topology.ts';
export { type CutFrom, type CutMode, type CuttingProxy, type ProxyOptions, startProxy } from './proxy.ts';
export type { LabServer, RestartOptions } from './server.ts';
export type { SemiSyncSettings } from './server-args.ts';
export { prepareFlavour, type ServerKit } from './servers/prepare.ts';
export { prepareEtcd, startEtcd } from './services/etcd.ts';
export type { LabService } from './services/service.ts';
export { prepareZookeeper, startZookeeper } from './services/zookeeper.ts';
export { type LabTopology, openTopology, startTopology } from './topology.ts';
export { formatTree, parseTree, type TreeNode } from './tree.ts';
export { LAB_USERS, type LabUser, type LabUsers } from './users.ts';
export { type WaitOptions, waitFor } from './wait.ts';
export {
  type Acknowledged,
  longestGapMs,
  type WriteFailure,
  type Writer,
  type WriterOptions,
  type WriterReport,
} from './writer.ts';
