/** What a dry run of anything but an operation says: one sentence, the same on every way in. */
export const wouldDo = (what: string): string => `Dry run: would ${what}; nothing was changed`;

export const WOULD = {
  discover: (server: string) => wouldDo(`read ${server} now and take it into the fleet`),
  forget: (server: string) => wouldDo(`forget ${server}`),
  forgetCluster: (cluster: string, count: number) => wouldDo(`forget the ${count} servers of cluster ${cluster}`),
  acknowledge: (which: string, by: string, comment: string) => wouldDo(`acknowledge ${which}, by ${by}: ${comment}`),
  beginDowntime: (server: string, owner: string, reason: string, seconds: number) =>
    wouldDo(`begin a downtime of ${server} for ${seconds} s, by ${owner}: ${reason}`),
  endDowntime: (server: string) => wouldDo(`end the downtime of ${server}`),
  setRecoveries: (isDisabled: boolean) => wouldDo(`${isDisabled ? 'disable' : 'enable'} recoveries globally`),
  resetResolveCache: () => wouldDo('forget all remembered host names'),
  beginMaintenance: (server: string, owner: string, reason: string, seconds: number) =>
    wouldDo(`begin a maintenance of ${server} for at most ${seconds} s, by ${owner}: ${reason}`),
  endMaintenance: (server: string) => wouldDo(`end the maintenance of ${server}`),
  endMaintenanceById: (id: number) => wouldDo(`end maintenance ${id}`),
  tag: (server: string, tag: string) => wouldDo(`tag ${server} with ${tag}`),
  untag: (tag: string, count: number) => wouldDo(`remove ${tag} from ${count} instances`),
  registerCandidate: (server: string, rule: string) => wouldDo(`set the promotion rule of ${server} to ${rule}`),
  registerUnresolve: (server: string, name: string) => wouldDo(`let replicas address ${server} as ${name}`),
  deregisterUnresolve: (server: string) => wouldDo(`drop the virtual name of ${server}`),
  submitPool: (pool: string, servers: readonly string[]) =>
    wouldDo(`let pool ${pool} consist of ${servers.length === 0 ? 'no server' : servers.join(', ')}`),
  setClusterAlias: (cluster: string, alias: string) => wouldDo(`give cluster ${cluster} the alias ${alias}`),
  snapshotTopologies: (count: number) => wouldDo(`copy ${count} servers into the history of topologies`),
  noteDomainInstance: (cluster: string, server: string) =>
    wouldDo(`note ${server} for the domain of cluster ${cluster}`),
  grabElection: () => wouldDo('make this node the active one'),
  reelect: () => wouldDo('let the nodes choose the active one anew'),
  reloadConfiguration: () => wouldDo('read the configuration files again'),
  createAccessToken: (by: string) => wouldDo(`make an access token for ${by}`),
  redeploy: () => wouldDo('bring the tables of the backend up to date'),
  agent: (what: string, host: string) => wouldDo(`ask the agent of ${host} to ${what}`),
  seed: (target: string, source: string) => wouldDo(`overwrite the MySQL data of ${target} with that of ${source}`),
  abortSeed: (seedId: number) => wouldDo(`abort seed ${seedId}`),
  submitPrimaries: (count: number) => wouldDo(`write the primaries of ${count} clusters to the key-value stores`),
  finishOperation: (purpose: string) => wouldDo(`plan "${purpose}" anew and do it`),
  undoOperation: (purpose: string, servers: readonly string[]) =>
    wouldDo(`take back what was begun of "${purpose}" on ${servers.length === 0 ? 'no server' : servers.join(', ')}`),
  abortOperation: (purpose: string) => wouldDo(`stop "${purpose}" before its next step and take back what it began`),
} as const;
