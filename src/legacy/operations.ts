import { type DoneFacts, type OperationRow, type OperationWords, operationsOf } from './operation-words.ts';

const errors = ({ failed }: DoneFacts): string => (failed === 0 ? '' : `; ${failed} errors`);
const relocated = (one: DoneFacts): string => `Instance ${one.instance} relocated below ${one.destination}`;
const movedBelow = (one: DoneFacts): string => `Instance ${one.instance} moved below ${one.destination}`;
const matchedBelow = (one: DoneFacts): string =>
  `Instance ${one.instance} matched below ${one.destination}${one.matchedAt === '' ? '' : ` at ${one.matchedAt}`}`;
const promoted = (one: DoneFacts, counts: string): string =>
  `promoted replica: ${one.subject}, lost: ${one.failed}, ${counts}`;
const byKind = (one: DoneFacts): string =>
  `trivial: ${one.moved - one.movedByPseudoGtid}, pseudo-gtid: ${one.movedByPseudoGtid}`;
const byCount = (one: DoneFacts): string => `moved: ${one.moved}`;
const promotedByKind = (one: DoneFacts): string => promoted(one, byKind(one));

/** The name, and the one from before replicas were called so. */
const names = (name: string, old: string): Pick<OperationRow, 'paths' | 'commands'> => ({
  paths: [name, old],
  commands: [name, old],
});

const toServer = { destination: 'needed', prints: 'move' } as const;
const groupTo = { destination: 'needed', takesPattern: true, details: 'instances', prints: 'replicas' } as const;
const groupByKey = { ...groupTo, details: 'subject-key' } as const;
const regroup = {
  needsInstance: true,
  details: 'subject-key',
  prints: 'promoted',
  countsLine: (one: DoneFacts) => `${one.subject} lost: ${one.failed}, ${byKind(one)}`,
} as const;

const SMART = operationsOf('Smart relocation', [
  {
    kind: 'relocate',
    ...names('relocate', 'relocate-below'),
    ...toServer,
    message: relocated,
    doc: 'Moves a replica below another server in the safest way that is possible.',
  },
  {
    kind: 'relocate-replicas',
    ...names('relocate-replicas', 'relocate-slaves'),
    ...groupTo,
    message: (one) =>
      `Relocated ${one.moved} replicas of ${one.instance} below ${one.destination}; ${one.failed} errors`,
    doc: 'Moves the replicas of a server, or those that match the pattern, below another one.',
  },
  {
    kind: 'take-siblings',
    ...names('take-siblings', 'enslave-siblings'),
    needsInstance: true,
    message: (one) => `Took ${one.moved} siblings of ${one.instance}${errors(one)}`,
    doc: 'Moves all siblings of a replica below it.',
  },
  {
    kind: 'regroup-replicas',
    ...names('regroup-replicas', 'regroup-slaves'),
    ...regroup,
    message: promotedByKind,
    doc: 'Chooses the best replica of a server and moves the others below it, by what they use.',
  },
]);

const CLASSIC = operationsOf('Classic file:pos relocation', [
  {
    kind: 'move-up',
    prints: 'move',
    message: (one) => `Instance ${one.instance} moved up`,
    doc: 'Moves a replica one level up, beside its source.',
  },
  {
    kind: 'move-up-replicas',
    ...names('move-up-replicas', 'move-up-slaves'),
    needsInstance: true,
    takesPattern: true,
    details: 'instances',
    prints: 'replicas',
    message: (one) =>
      `Moved up ${one.moved} replicas of ${one.instance} below ${one.destination}; ${one.failed} errors`,
    doc: 'Moves the replicas of a server, or those that match the pattern, one level up.',
  },
  { kind: 'move-below', ...toServer, message: movedBelow, doc: 'Moves a replica below its sibling.' },
  {
    kind: 'move-equivalent',
    ...toServer,
    message: (one) => `${movedBelow(one)} by equivalent coordinates`,
    doc: 'Moves a replica by coordinates that were recorded as equivalent.',
  },
  {
    kind: 'repoint',
    ...toServer,
    destination: 'optional',
    message: (one) => `Instance ${one.instance} repointed below ${one.destination}`,
    doc: 'Points a replica to another source, or to its own again, at the same coordinates.',
  },
  {
    kind: 'repoint-replicas',
    ...names('repoint-replicas', 'repoint-slaves'),
    destination: 'optional',
    takesPattern: true,
    details: 'instances',
    prints: 'replica-moves',
    message: (one) => `Repointed ${one.moved} replicas of ${one.instance}${errors(one)}`,
    doc: 'Points the replicas of a server to it again, or to another one, at the same coordinates.',
  },
  {
    kind: 'take-master',
    ...names('take-master', 'enslave-master'),
    needsInstance: true,
    message: (one) => `Instance took its master: ${one.instance}`,
    doc: 'Swaps a replica with its source.',
  },
  {
    kind: 'make-co-master',
    message: (one) => `Instance made co-master: ${one.instance}`,
    doc: 'Makes a replica and its source sources of each other.',
  },
  {
    kind: 'make-master',
    message: (one) => `Instance made master: ${one.instance}`,
    doc: 'Makes a replica of a dead primary the primary of its siblings (historic; see recover).',
  },
  {
    kind: 'make-local-master',
    message: (one) => `Instance made local master: ${one.instance}`,
    doc: 'Makes a replica take the place of its source: its siblings come below it, it comes one level up (historic).',
  },
]);

const BINLOG_SERVERS = operationsOf('Binlog server relocation', [
  {
    kind: 'regroup-replicas-bls',
    ...names('regroup-replicas-bls', 'regroup-slaves-bls'),
    needsInstance: true,
    details: 'subject-key',
    prints: 'promoted',
    message: (one) => `promoted binlog server: ${one.subject}`,
    doc: 'Regroups the binlog servers below a server.',
  },
]);

const GTID = operationsOf('GTID relocation', [
  {
    kind: 'move-gtid',
    paths: ['move-below-gtid', 'move-gtid'],
    commands: ['move-gtid', 'move-below-gtid'],
    ...toServer,
    message: (one) => `${movedBelow(one)} by GTID`,
    doc: 'Moves a replica below another server by GTID.',
  },
  {
    kind: 'move-replicas-gtid',
    ...names('move-replicas-gtid', 'move-slaves-gtid'),
    ...groupByKey,
    message: (one) => `Moved ${one.moved} replicas of ${one.instance} below ${one.subject} by GTID${errors(one)}`,
    doc: 'Moves the replicas of a server, or those that match the pattern, below another one by GTID.',
  },
  {
    kind: 'regroup-replicas-gtid',
    ...names('regroup-replicas-gtid', 'regroup-slaves-gtid'),
    ...regroup,
    countsLine: (one) => `${one.subject} lost: ${one.failed}, ${byCount(one)}`,
    message: (one) => promoted(one, byCount(one)),
    doc: 'Regroups the replicas of a server by GTID.',
  },
]);

const PSEUDO_GTID = operationsOf('Pseudo-GTID relocation', [
  {
    kind: 'match',
    ...names('match', 'match-below'),
    ...toServer,
    message: matchedBelow,
    doc: 'Moves a replica below another server by Pseudo-GTID.',
  },
  {
    kind: 'match-up',
    prints: 'move',
    message: (one) => `Instance ${one.instance} matched up`,
    doc: 'Moves a replica one level up by Pseudo-GTID.',
  },
  {
    kind: 'rematch',
    prints: 'move',
    message: (one) => `Instance ${one.instance} rematched`,
    doc: 'Sets the coordinates of a replica below its own source anew, by Pseudo-GTID.',
  },
  {
    kind: 'match-replicas',
    ...names('match-replicas', 'match-slaves'),
    needsInstance: true,
    ...groupByKey,
    message: (one) => `Matched ${one.moved} replicas of ${one.instance} below ${one.subject}${errors(one)}`,
    doc: 'Moves the replicas of a server, or those that match the pattern, below another one by Pseudo-GTID.',
  },
  {
    kind: 'match-up-replicas',
    ...names('match-up-replicas', 'match-up-slaves'),
    needsInstance: true,
    ...groupByKey,
    destination: 'none',
    message: (one) => `Matched up ${one.moved} replicas of ${one.instance} below ${one.subject}${errors(one)}`,
    doc: 'Moves the replicas of a server, or those that match the pattern, one level up by Pseudo-GTID.',
  },
  {
    kind: 'regroup-replicas-pgtid',
    ...names('regroup-replicas-pgtid', 'regroup-slaves-pgtid'),
    ...regroup,
    message: promotedByKind,
    doc: 'Regroups the replicas of a server by Pseudo-GTID.',
  },
]);

const REPLICATION = operationsOf('Replication, general', [
  {
    kind: 'enable-gtid',
    message: (one) => `GTID enabled on ${one.instance}`,
    doc: 'Lets a replica position itself by GTID.',
  },
  {
    kind: 'disable-gtid',
    message: (one) => `GTID disabled on ${one.instance}`,
    doc: 'Lets a replica position itself by file and position.',
  },
  {
    kind: 'gtid-errant-reset-master',
    message: (one) => `Errant GTIDs removed from ${one.instance}`,
    doc: 'Takes errant GTIDs out of the history of a replica; its binary logs are deleted.',
  },
  {
    kind: 'gtid-errant-inject-empty',
    message: (one) => `Injected ${one.injected} empty transactions for the errant GTIDs of ${one.instance}`,
    doc: 'Makes errant GTIDs harmless: an empty transaction for each is committed on the primary of the cluster.',
  },
  {
    kind: 'skip-query',
    message: (one) => `Query skipped on ${one.instance}`,
    doc: 'Skips the one statement at which the applier of a replica stopped, and starts it.',
  },
  {
    kind: 'start-replica',
    ...names('start-replica', 'start-slave'),
    message: (one) => `Replica started: ${one.instance}`,
    doc: 'Starts replication.',
  },
  {
    kind: 'stop-replica',
    ...names('stop-replica', 'stop-slave'),
    message: (one) => `Replica stopped: ${one.instance}`,
    doc: 'Stops replication.',
  },
  {
    kind: 'stop-replica-nice',
    ...names('stop-replica-nice', 'stop-slave-nice'),
    message: (one) => `Replica stopped nicely: ${one.instance}`,
    doc: 'Stops replication when everything received is applied.',
  },
  {
    kind: 'restart-replica',
    ...names('restart-replica', 'restart-slave'),
    message: (one) => `Replica restarted: ${one.instance}`,
    doc: 'Stops and starts replication.',
  },
  {
    kind: 'reset-replica',
    ...names('reset-replica', 'reset-slave'),
    message: (one) => `Replica reset on ${one.instance}`,
    doc: 'Makes a server forget its source.',
  },
  {
    kind: 'change-master-credentials',
    needsInstance: true,
    message: (one) => `Master credentials changed on ${one.instance}`,
    doc: 'Sets the replication account of a replica again, its TLS settings stay.',
  },
  {
    kind: 'detach-replica',
    paths: ['detach-replica', 'detach-slave', 'detach-replica-master-host', 'detach-slave-master-host'],
    commands: ['detach-replica-master-host', 'detach-replica', 'detach-slave', 'detach-slave-master-host'],
    needsInstance: true,
    message: (one) => `Replica detached: ${one.instance}`,
    doc: "Breaks replication so that it can be mended: the source's host name gets a prefix.",
  },
  {
    kind: 'reattach-replica',
    paths: ['reattach-replica', 'reattach-slave', 'reattach-replica-master-host', 'reattach-slave-master-host'],
    commands: ['reattach-replica-master-host', 'reattach-replica', 'reattach-slave', 'reattach-slave-master-host'],
    needsInstance: true,
    message: (one) => `Replica reattached: ${one.instance}`,
    doc: 'Mends what detach-replica broke.',
  },
  {
    kind: 'delay-replication',
    parameter: { name: 'seconds', isRequired: true },
    details: 'seconds',
    message: (one) => `Replication delayed on ${one.instance}`,
    doc: 'Makes a replica stay behind its source by so many seconds; 0 ends it.',
  },
  {
    kind: 'enable-semi-sync-master',
    ...names('enable-semi-sync-master', 'enable-semi-sync-source'),
    message: (one) => `Semi-sync enabled on ${one.instance}, master side`,
    doc: 'Turns semi-synchronous replication on, source side.',
  },
  {
    kind: 'disable-semi-sync-master',
    ...names('disable-semi-sync-master', 'disable-semi-sync-source'),
    message: (one) => `Semi-sync disabled on ${one.instance}, master side`,
    doc: 'Turns semi-synchronous replication off, source side.',
  },
  {
    kind: 'enable-semi-sync-replica',
    message: (one) => `Semi-sync enabled on ${one.instance}, replica side`,
    doc: 'Turns semi-synchronous replication on, replica side; the receiver is restarted.',
  },
  {
    kind: 'disable-semi-sync-replica',
    message: (one) => `Semi-sync disabled on ${one.instance}, replica side`,
    doc: 'Turns semi-synchronous replication off, replica side; the receiver is restarted.',
  },
]);

const INSTANCE = operationsOf('Instance', [
  { kind: 'set-read-only', message: () => 'Server set as read-only', doc: 'Makes a server read-only.' },
  { kind: 'set-writeable', message: () => 'Server set as writeable', doc: 'Makes a server writable.' },
  {
    kind: 'kill-query',
    parameter: { name: 'process', isRequired: true },
    message: (one) => `Query killed on ${one.instance}`,
    doc: 'Ends what one session of a server is executing.',
  },
]);

const BINARY_LOGS = operationsOf('Binary logs', [
  {
    kind: 'flush-binary-logs',
    parameter: { name: 'logFile', isRequired: false },
    message: (one) => `Binary logs flushed on: ${one.instance}`,
    doc: 'Begins a new binary log; with a file name, until that file is reached.',
  },
  {
    kind: 'purge-binary-logs',
    parameter: { name: 'logFile', isRequired: true },
    // Historic: the same words as for flushing.
    message: (one) => `Binary logs flushed on: ${one.instance}`,
    doc: 'Deletes the binary logs before a file (`latest`: all but the last), unless a replica still needs them.',
  },
]);

/** The one table of operations. */
export const OPERATIONS: readonly OperationWords[] = [
  ...SMART,
  ...CLASSIC,
  ...BINLOG_SERVERS,
  ...GTID,
  ...PSEUDO_GTID,
  ...REPLICATION,
  ...INSTANCE,
  ...BINARY_LOGS,
];
