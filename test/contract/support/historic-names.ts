// The names that scripts, dashboards and people know: paths, commands and flags. One missing is a broken promise.

/** Every path of the API. */
export const HISTORIC_API_PATHS: readonly string[] = `
/api/_ping /api/ack-all-recoveries /api/ack-recovery/:recoveryId /api/ack-recovery/cluster/:clusterHint
/api/ack-recovery/cluster/alias/:clusterAlias /api/ack-recovery/instance/:host/:port /api/ack-recovery/uid/:uid
/api/active-cluster-recovery/:clusterName /api/agent-abort-seed/:seedId /api/agent-active-seeds/:host
/api/agent-create-snapshot/:host /api/agent-custom-command/:host/:command /api/agent-mount/:host
/api/agent-mysql-start/:host /api/agent-mysql-stop/:host /api/agent-recent-seeds/:host /api/agent-removelv/:host
/api/agent-seed-details/:seedId /api/agent-seed-states/:seedId /api/agent-seed/:targetHost/:sourceHost
/api/agent-umount/:host /api/agent/:host /api/agents /api/all-instances /api/async-discover/:host/:port /api/audit
/api/audit-failure-detection /api/audit-failure-detection/:page /api/audit-failure-detection/alias/:clusterAlias
/api/audit-failure-detection/alias/:clusterAlias/:page /api/audit-failure-detection/id/:id /api/audit-recovery
/api/audit-recovery-steps/:uid /api/audit-recovery/:page /api/audit-recovery/alias/:clusterAlias
/api/audit-recovery/alias/:clusterAlias/:page /api/audit-recovery/cluster/:clusterName
/api/audit-recovery/cluster/:clusterName/:page /api/audit-recovery/id/:id /api/audit-recovery/uid/:uid
/api/audit/:page /api/audit/instance/:host/:port /api/audit/instance/:host/:port/:page /api/automated-recovery-filters
/api/backend-query-metrics-aggregated/:seconds /api/backend-query-metrics-raw/:seconds
/api/begin-downtime/:host/:port/:owner/:reason /api/begin-downtime/:host/:port/:owner/:reason/:duration
/api/begin-maintenance/:host/:port/:owner/:reason /api/blocked-recoveries /api/blocked-recoveries/cluster/:clusterName
/api/bulk-instances /api/bulk-promotion-rules /api/can-replicate-from-gtid/:host/:port/:belowHost/:belowPort
/api/can-replicate-from/:host/:port/:belowHost/:belowPort /api/change-master-credentials/:host/:port
/api/check-global-recoveries /api/cluster-info/:clusterHint /api/cluster-info/alias/:clusterAlias
/api/cluster-osc-replicas/:clusterHint /api/cluster-osc-slaves/:clusterHint /api/cluster-pool-instances/:clusterName
/api/cluster-pool-instances/:clusterName/:pool /api/cluster/:clusterHint /api/cluster/alias/:clusterAlias
/api/cluster/instance/:host/:port /api/clusters /api/clusters-info /api/delay-replication/:host/:port/:seconds
/api/deregister-hostname-unresolve/:host/:port /api/detach-replica-master-host/:host/:port
/api/detach-replica/:host/:port /api/detach-slave-master-host/:host/:port /api/detach-slave/:host/:port
/api/disable-global-recoveries /api/disable-gtid/:host/:port /api/disable-semi-sync-master/:host/:port
/api/disable-semi-sync-replica/:host/:port /api/disable-semi-sync-source/:host/:port /api/discover/:host/:port
/api/discovery-metrics-aggregated/:seconds /api/discovery-metrics-raw/:seconds
/api/discovery-queue-metrics-aggregated/:queue/:seconds /api/discovery-queue-metrics-aggregated/:seconds
/api/discovery-queue-metrics-raw/:queue/:seconds /api/discovery-queue-metrics-raw/:seconds /api/downtimed
/api/downtimed/:clusterHint /api/enable-global-recoveries /api/enable-gtid/:host/:port
/api/enable-semi-sync-master/:host/:port /api/enable-semi-sync-replica/:host/:port
/api/enable-semi-sync-source/:host/:port /api/end-downtime/:host/:port /api/end-maintenance/:host/:port
/api/end-maintenance/:maintenanceKey /api/enslave-master/:host/:port /api/enslave-siblings/:host/:port
/api/flush-binary-logs/:host/:port /api/force-master-failover/:clusterHint /api/force-master-failover/:host/:port
/api/force-master-takeover/:clusterHint/:designatedHost/:designatedPort
/api/force-master-takeover/:host/:port/:designatedHost/:designatedPort /api/forget-cluster/:clusterHint
/api/forget/:host/:port /api/grab-election /api/graceful-master-takeover-auto/:clusterHint
/api/graceful-master-takeover-auto/:clusterHint/:designatedHost/:designatedPort
/api/graceful-master-takeover-auto/:host/:port
/api/graceful-master-takeover-auto/:host/:port/:designatedHost/:designatedPort
/api/graceful-master-takeover/:clusterHint /api/graceful-master-takeover/:clusterHint/:designatedHost/:designatedPort
/api/graceful-master-takeover/:host/:port /api/graceful-master-takeover/:host/:port/:designatedHost/:designatedPort
/api/gtid-errant-inject-empty/:host/:port /api/gtid-errant-reset-master/:host/:port /api/headers /api/health
/api/heuristic-cluster-pool-instances/:clusterName /api/heuristic-cluster-pool-instances/:clusterName/:pool
/api/heuristic-cluster-pool-lag/:clusterName /api/heuristic-cluster-pool-lag/:clusterName/:pool
/api/hostname-resolve-cache /api/in-maintenance/:host/:port /api/instance-replicas/:host/:port
/api/instance/:host/:port /api/kill-query/:host/:port/:process /api/last-pseudo-gtid/:host/:port /api/lb-check
/api/leader-check /api/leader-check/:errorStatusCode /api/locate-gtid-errant/:host/:port /api/maintenance
/api/make-co-master/:host/:port /api/make-local-master/:host/:port /api/make-master/:host/:port
/api/master-equivalent/:host/:port/:logFile/:logPos /api/master/:clusterHint /api/masters
/api/match-below/:host/:port/:belowHost/:belowPort /api/match-replicas/:host/:port/:belowHost/:belowPort
/api/match-slaves/:host/:port/:belowHost/:belowPort /api/match-up-replicas/:host/:port
/api/match-up-slaves/:host/:port /api/match-up/:host/:port /api/match/:host/:port/:belowHost/:belowPort
/api/move-below-gtid/:host/:port/:belowHost/:belowPort /api/move-below/:host/:port/:siblingHost/:siblingPort
/api/move-equivalent/:host/:port/:belowHost/:belowPort /api/move-replicas-gtid/:host/:port/:belowHost/:belowPort
/api/move-slaves-gtid/:host/:port/:belowHost/:belowPort /api/move-up-replicas/:host/:port
/api/move-up-slaves/:host/:port /api/move-up/:host/:port /api/problems /api/problems/:clusterName
/api/purge-binary-logs/:host/:port/:logFile /api/raft-add-peer/:addr
/api/raft-follower-health-report/:authenticationToken/:raftBind/:raftAdvertise /api/raft-health /api/raft-leader
/api/raft-peers /api/raft-remove-peer/:addr /api/raft-snapshot /api/raft-state /api/raft-status
/api/raft-yield-hint/:hint /api/raft-yield/:node /api/reattach-replica-master-host/:host/:port
/api/reattach-replica/:host/:port /api/reattach-slave-master-host/:host/:port /api/reattach-slave/:host/:port
/api/recently-active-cluster-recovery/:clusterName /api/recently-active-instance-recovery/:host/:port
/api/recover-lite/:host/:port /api/recover-lite/:host/:port/:candidateHost/:candidatePort /api/recover/:host/:port
/api/recover/:host/:port/:candidateHost/:candidatePort /api/reelect /api/refresh/:host/:port
/api/register-candidate/:host/:port/:promotionRule /api/register-hostname-unresolve/:host/:port/:virtualname
/api/regroup-replicas-bls/:host/:port /api/regroup-replicas-gtid/:host/:port /api/regroup-replicas-pgtid/:host/:port
/api/regroup-replicas/:host/:port /api/regroup-slaves-bls/:host/:port /api/regroup-slaves-gtid/:host/:port
/api/regroup-slaves-pgtid/:host/:port /api/regroup-slaves/:host/:port /api/reload-cluster-alias
/api/reload-configuration /api/relocate-below/:host/:port/:belowHost/:belowPort
/api/relocate-replicas/:host/:port/:belowHost/:belowPort /api/relocate-slaves/:host/:port/:belowHost/:belowPort
/api/relocate/:host/:port/:belowHost/:belowPort /api/replication-analysis /api/replication-analysis-changelog
/api/replication-analysis/:clusterName /api/replication-analysis/instance/:host/:port
/api/repoint-replicas/:host/:port /api/repoint-slaves/:host/:port /api/repoint/:host/:port/:belowHost/:belowPort
/api/reset-hostname-resolve-cache /api/reset-replica/:host/:port /api/reset-slave/:host/:port /api/resolve/:host/:port
/api/restart-replica-statements/:host/:port /api/restart-replica/:host/:port /api/restart-slave-statements/:host/:port
/api/restart-slave/:host/:port /api/routed-leader-check /api/search /api/search/:searchString /api/seeds
/api/set-cluster-alias/:clusterName /api/set-read-only/:host/:port /api/set-writeable/:host/:port
/api/skip-query/:host/:port /api/snapshot-topologies /api/start-replica/:host/:port /api/start-slave/:host/:port
/api/status /api/stop-replica-nice/:host/:port /api/stop-replica/:host/:port /api/stop-slave-nice/:host/:port
/api/stop-slave/:host/:port /api/submit-masters-to-kv-stores /api/submit-masters-to-kv-stores/:clusterHint
/api/submit-pool-instances/:pool /api/tag-value/:host/:port /api/tag-value/:host/:port/:tagName /api/tag/:host/:port
/api/tag/:host/:port/:tagName/:tagValue /api/tagged /api/tags/:host/:port /api/take-master/:host/:port
/api/take-siblings/:host/:port /api/topology-tabulated/:clusterHint /api/topology-tabulated/:host/:port
/api/topology-tags/:clusterHint /api/topology-tags/:host/:port /api/topology/:clusterHint /api/topology/:host/:port
/api/untag-all /api/untag-all/:tagName/:tagValue /api/untag/:host/:port /api/untag/:host/:port/:tagName
/api/write-buffer-metrics-aggregated/:seconds /api/write-buffer-metrics-raw/:seconds
`
  .trim()
  .split(/\s+/);

/** Paths of the port for agents. */
export const HISTORIC_AGENT_PATHS: readonly string[] = `
/api/submit-agent/:host/:port/:token /api/host-attribute/:host/:attrVame/:attrValue /api/host-attribute/attr/:attr/
/api/agents-hosts /api/agents-instances /api/agent-ping
`
  .trim()
  .split(/\s+/);

/** Paths of the page. */
export const HISTORIC_PAGES: readonly string[] = `
/web/access-token /web/ /web/home /web/about /web/keep-calm /web/faq /web/status /web/clusters /web/clusters-analysis
/web/cluster/:clusterName /web/cluster/alias/:clusterAlias /web/cluster/instance/:host/:port
/web/cluster-pools/:clusterName /web/search/:searchString /web/search /web/discover /web/audit /web/audit/:page
/web/audit/instance/:host/:port /web/audit/instance/:host/:port/:page /web/audit-recovery /web/audit-recovery/:page
/web/audit-recovery/id/:id /web/audit-recovery/uid/:uid /web/audit-recovery/cluster/:clusterName
/web/audit-recovery/cluster/:clusterName/:page /web/audit-recovery/alias/:clusterAlias
/web/audit-recovery/alias/:clusterAlias/:page /web/audit-failure-detection /web/audit-failure-detection/:page
/web/audit-failure-detection/id/:id /web/audit-failure-detection/alias/:clusterAlias
/web/audit-failure-detection/alias/:clusterAlias/:page /web/audit-recovery-steps/:uid /web/agents /web/agent/:host
/web/seed-details/:seedId /web/seeds
`
  .trim()
  .split(/\s+/);

/** Commands of the program; help is one of them that is not in its table. */
export const HISTORIC_COMMANDS: readonly string[] = `
relocate relocate-below relocate-replicas take-siblings regroup-replicas move-up move-up-replicas move-below
move-equivalent repoint repoint-replicas take-master make-co-master get-candidate-replica regroup-replicas-bls
move-gtid move-replicas-gtid regroup-replicas-gtid match match-up rematch match-replicas match-up-replicas
regroup-replicas-pgtid enable-gtid disable-gtid which-gtid-errant gtid-errant-reset-master skip-query stop-replica
start-replica restart-replica reset-replica change-master-credentials detach-replica-master-host
reattach-replica-master-host master-pos-wait enable-semi-sync-master disable-semi-sync-master enable-semi-sync-replica
disable-semi-sync-replica restart-replica-statements can-replicate-from is-replicating is-replication-stopped
set-read-only set-writeable flush-binary-logs purge-binary-logs last-pseudo-gtid locate-gtid-errant
last-executed-relay-entry correlate-relaylog-pos find-binlog-entry correlate-binlog-pos submit-pool-instances
cluster-pool-instances which-heuristic-cluster-pool-instances find search clusters clusters-alias all-clusters-masters
topology topology-tabulated topology-tags all-instances which-instance which-cluster which-cluster-alias
which-cluster-domain which-heuristic-domain-instance which-cluster-master which-cluster-instances
which-cluster-osc-replicas which-cluster-gh-ost-replicas which-master which-downtimed-instances which-replicas
which-lost-in-recovery instance-status get-cluster-heuristic-lag submit-masters-to-kv-stores tags tag-value tagged tag
untag untag-all discover forget begin-maintenance end-maintenance in-maintenance begin-downtime end-downtime recover
recover-lite force-master-failover force-master-takeover graceful-master-takeover graceful-master-takeover-auto
replication-analysis ack-all-recoveries ack-cluster-recoveries ack-instance-recoveries register-candidate
register-hostname-unresolve deregister-hostname-unresolve set-heuristic-domain-instance snapshot-topologies continuous
active-nodes access-token resolve reset-hostname-resolve-cache dump-config show-resolve-hosts show-unresolve-hosts
redeploy-internal-db internal-suggest-promoted-replacement custom-command disable-global-recoveries
enable-global-recoveries check-global-recoveries bulk-instances bulk-promotion-rules help
`
  .trim()
  .split(/\s+/);

/** Other names of these. */
export const HISTORIC_SYNONYMS: readonly string[] = `
detach-replica detach-slave detach-slave-master-host enslave-master enslave-siblings get-candidate-slave match-slaves
match-up-slaves move-slaves-gtid move-up-slaves reattach-replica reattach-slave reattach-slave-master-host
regroup-slaves regroup-slaves-gtid regroup-slaves-pgtid relocate-slaves repoint-slaves reset-slave restart-slave
restart-slave-statements start-slave stop-slave which-cluster-gh-ost-slaves which-cluster-osc-slaves which-slaves
`
  .trim()
  .split(/\s+/);

/** Flags with a value. */
export const HISTORIC_TEXT_FLAGS: readonly string[] = `
config c i s d owner reason duration pattern alias pool hostname binlog statement promotion-rule tag
`
  .trim()
  .split(/\s+/);

/** Flags that are on or off. */
export const HISTORIC_BOOLEAN_FLAGS: readonly string[] = `
strict discovery quiet verbose debug stack skip-binlog-search skip-unresolve skip-unresolve-check noop grab-election
version skip-continuous-registration enable-database-update ignore-raft-setup
`
  .trim()
  .split(/\s+/);

/** Commands of the client. */
export const HISTORIC_CLIENT_COMMANDS: readonly string[] = `
help which-api api async-discover discover forget forget-cluster topology topology-tabulated topology-tags
snapshot-topologies clusters clusters-alias search instance which-instance which-master which-replicas
which-broken-replicas which-cluster-instances which-cluster which-cluster-alias which-cluster-master
all-clusters-masters all-instances which-cluster-osc-replicas which-cluster-osc-running-replicas downtimed dominant-dc
submit-masters-to-kv-stores relocate relocate-replicas match match-up match-up-replicas move-up move-below
move-equivalent move-up-replicas make-co-master take-master move-gtid move-replicas-gtid repoint repoint-replicas
take-siblings tags tag-value tag untag untag-all tagged submit-pool-instances which-heuristic-cluster-pool-instances
begin-downtime end-downtime begin-maintenance end-maintenance register-candidate register-hostname-unresolve
deregister-hostname-unresolve stop-replica stop-replica-nice start-replica restart-replica reset-replica
change-master-credentials detach-replica reattach-replica detach-replica-master-host reattach-replica-master-host
skip-query which-gtid-errant locate-gtid-errant gtid-errant-reset-master gtid-errant-inject-empty
enable-semi-sync-master disable-semi-sync-master enable-semi-sync-replica disable-semi-sync-replica
restart-replica-statements delay-replication can-replicate-from can-replicate-from-gtid is-replicating
is-replication-stopped set-read-only set-writeable flush-binary-logs purge-binary-logs last-pseudo-gtid recover
graceful-master-takeover graceful-master-takeover-auto force-master-failover force-master-takeover
ack-cluster-recoveries ack-all-recoveries disable-global-recoveries enable-global-recoveries check-global-recoveries
replication-analysis raft-leader raft-health raft-leader-hostname raft-elect-leader
`
  .trim()
  .split(/\s+/);
