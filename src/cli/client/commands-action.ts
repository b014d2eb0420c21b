import { ask, type ClientCommand } from './command.ts';
import { asList, asObject, asText, details, keyOf, keysOf, keyText } from './json.ts';
import { clusterPath, destinationPath, instancePath, optionalClusterPath, required } from './paths.ts';

const keyLine = (answer: unknown): readonly string[] => [keyOf(details(answer))];
const textLine = (answer: unknown): readonly string[] => [asText(details(answer))];
const keyLines = (answer: unknown): readonly string[] => asList(details(answer)).map(keyText);

/** `server<source`, of the server as it stands after the move. */
const moveLine = (answer: unknown): readonly string[] => {
  const server = asObject(details(answer));
  return [`${keyText(server.Key)}<${keyText(server.MasterKey)}`];
};

const onInstance = (name: string, description: string): ClientCommand =>
  ask(name, description, (options) => `${name}/${instancePath(options)}`, keyLine);
const moveAlone = (name: string, description: string): ClientCommand =>
  ask(name, description, (options) => `${name}/${instancePath(options)}`, moveLine);
const moveTo = (name: string, description: string, route = name): ClientCommand =>
  ask(name, description, (options) => `${route}/${instancePath(options)}/${destinationPath(options)}`, moveLine);

/** Keys of a list of servers, or the one key that some routes answer with. */
const moved = (answer: unknown): readonly string[] => {
  const found = details(answer);
  return Array.isArray(found) ? keysOf(found) : [keyOf(found)];
};
const canReplicate = (name: string): ClientCommand =>
  ask(
    name,
    'prints -d if -i can replicate from it',
    (options) => `${name}/${instancePath(options)}/${destinationPath(options)}`,
    (answer) => (asText(asObject(answer).Message).includes('true') ? [keyText(details(answer))] : []),
  );
const successor = (name: string, description: string, needsDestination: boolean): ClientCommand =>
  ask(
    name,
    description,
    (options) => {
      const isDesignated = needsDestination || options.destination !== '';
      return `${name}/${clusterPath(options)}${isDesignated ? `/${destinationPath(options)}` : ''}`;
    },
    (answer) => [keyText(asObject(details(answer)).SuccessorKey)],
  );

const tagOf = (tag: string): string => `tag=${required(tag, '-t')}`;
const commentOf = (reason: string): string => `comment=${required(reason, '-r')}`;

/** Moving replicas about. */
export const relocationCommands: readonly ClientCommand[] = [
  moveTo('relocate', 'moves a replica below another server'),
  ask(
    'relocate-replicas',
    'moves all replicas of a server below another one',
    (options) => `relocate-replicas/${instancePath(options)}/${destinationPath(options)}`,
    moved,
  ),
  moveTo('match', 'moves a replica below another server by Pseudo-GTID'),
  moveAlone('match-up', 'moves a replica one level up by Pseudo-GTID'),
  ask(
    'match-up-replicas',
    'moves all replicas of a server one level up by Pseudo-GTID',
    (options) => `match-up-replicas/${instancePath(options)}`,
    moved,
  ),
  moveAlone('move-up', 'moves a replica one level up'),
  moveTo('move-below', 'moves a replica below its sibling'),
  moveTo('move-equivalent', 'moves a replica by recorded equivalent coordinates'),
  ask(
    'move-up-replicas',
    'moves all replicas of a server one level up',
    (options) => `move-up-replicas/${instancePath(options)}`,
    moved,
  ),
  moveAlone('make-co-master', 'makes a replica and its source sources of each other'),
  moveAlone('take-master', 'swaps a replica with its source'),
  moveTo('move-gtid', 'moves a replica below another server by GTID', 'move-below-gtid'),
  ask(
    'move-replicas-gtid',
    'moves all replicas of a server below another one by GTID',
    (options) => `move-replicas-gtid/${instancePath(options)}/${destinationPath(options)}`,
    moved,
  ),
  moveTo('repoint', 'points a replica to another source, keeping its coordinates'),
  ask(
    'repoint-replicas',
    'points all replicas of a server to it again',
    (options) => `repoint-replicas/${instancePath(options)}`,
    moved,
  ),
  moveAlone('take-siblings', 'moves all siblings of a replica below it'),
  canReplicate('can-replicate-from'),
  canReplicate('can-replicate-from-gtid'),
];

/** Acting on one server. */
export const serverCommands: readonly ClientCommand[] = [
  ask(
    'discover',
    'reads a server and takes it into the fleet',
    (options) => `discover/${instancePath(options)}`,
    keyLine,
  ),
  ask(
    'async-discover',
    'begins to read a server',
    (options) => `async-discover/${instancePath(options)}`,
    (_, options) => [options.instance],
  ),
  ask(
    'forget',
    'forgets a server',
    (options) => `forget/${instancePath(options)}`,
    () => [],
  ),
  ask(
    'forget-cluster',
    'forgets a cluster',
    (options) => `forget-cluster/${clusterPath(options)}`,
    () => [],
  ),
  ask('tag', 'sets a tag', (options) => `tag/${instancePath(options)}?${tagOf(options.tag)}`, keyLine),
  ask('untag', 'removes a tag', (options) => `untag/${instancePath(options)}?${tagOf(options.tag)}`, keyLines),
  ask('untag-all', 'removes a tag from every server', (options) => `untag-all?${tagOf(options.tag)}`, keyLines),
  ask(
    'submit-pool-instances',
    'sets the members of a pool',
    (options) => `submit-pool-instances/${required(options.pool, '-l')}?instances=${required(options.instance, '-i')}`,
    textLine,
  ),
  ask(
    'begin-downtime',
    'begins a downtime',
    (options) =>
      `begin-downtime/${instancePath(options)}/${required(options.owner, '-o')}/${required(options.reason, '-r')}/${required(options.duration, '-u')}`,
    keyLine,
  ),
  onInstance('end-downtime', 'ends a downtime'),
  ask(
    'begin-maintenance',
    'places a maintenance lock',
    (options) =>
      `begin-maintenance/${instancePath(options)}/${required(options.owner, '-o')}/${required(options.reason, '-r')}`,
    keyLine,
  ),
  onInstance('end-maintenance', 'lifts a maintenance lock'),
  ask(
    'register-candidate',
    'sets the promotion rule',
    (options) => `register-candidate/${instancePath(options)}/${required(options.promotionRule, '-R')}`,
    keyLine,
  ),
  ask(
    'register-hostname-unresolve',
    'sets a virtual name',
    (options) => `register-hostname-unresolve/${instancePath(options)}/${required(options.hostname, '-H')}`,
    keyLine,
  ),
  onInstance('deregister-hostname-unresolve', 'drops a virtual name'),
  ...(
    [
      ['stop-replica', 'stops replication'],
      ['stop-replica-nice', 'stops replication when everything received is applied'],
      ['start-replica', 'starts replication'],
      ['restart-replica', 'stops and starts replication'],
      ['reset-replica', 'drops the replication configuration'],
      ['change-master-credentials', 'sets the replication account again'],
      ['detach-replica', 'breaks replication so that it can be mended'],
      ['reattach-replica', 'mends what detach-replica broke'],
      ['detach-replica-master-host', 'breaks replication so that it can be mended'],
      ['reattach-replica-master-host', 'mends what detach-replica-master-host broke'],
      ['skip-query', 'skips one failing statement'],
      ['gtid-errant-reset-master', 'removes errant GTIDs by RESET MASTER'],
      ['gtid-errant-inject-empty', 'makes errant GTIDs harmless with empty transactions'],
      ['enable-semi-sync-master', 'turns semi-sync on, source side'],
      ['disable-semi-sync-master', 'turns semi-sync off, source side'],
      ['enable-semi-sync-replica', 'turns semi-sync on, replica side'],
      ['disable-semi-sync-replica', 'turns semi-sync off, replica side'],
      ['set-read-only', 'makes a server read-only'],
      ['set-writeable', 'makes a server writable'],
      ['flush-binary-logs', 'flushes binary logs'],
    ] as const
  ).map(([name, description]) => onInstance(name, description)),
  ask(
    'locate-gtid-errant',
    'binary logs that hold errant GTIDs',
    (options) => `locate-gtid-errant/${instancePath(options)}`,
    (answer) => asList(details(answer)).map(asText),
  ),
  ask(
    'restart-replica-statements',
    'statements to stop replication, run -q, and go on',
    (options) => `restart-replica-statements/${instancePath(options)}?q=${encodeURIComponent(options.query)}`,
    textLine,
  ),
  ask(
    'delay-replication',
    'sets a delay',
    (options) => `delay-replication/${instancePath(options)}/${required(options.seconds, '-S')}`,
    textLine,
  ),
  ask(
    'purge-binary-logs',
    'purges binary logs up to -n',
    (options) => `purge-binary-logs/${instancePath(options)}/${required(options.binlog, '-n')}`,
    keyLine,
  ),
  ask(
    'last-pseudo-gtid',
    'newest Pseudo-GTID entry',
    (options) => `last-pseudo-gtid/${instancePath(options)}`,
    textLine,
  ),
];

/** Recoveries, the switch, and the distributed mode. */
export const recoveryCommands: readonly ClientCommand[] = [
  ask(
    'recover',
    'recovers a failed server now',
    (options) => `recover/${instancePath(options)}${options.destination === '' ? '' : `/${destinationPath(options)}`}`,
    keyLine,
  ),
  successor('graceful-master-takeover', 'hands the primary role over', false),
  successor('graceful-master-takeover-auto', 'hands the primary role over and lets the old primary follow', false),
  successor('force-master-failover', 'treats the primary as dead', false),
  successor('force-master-takeover', 'treats the primary as dead, in favour of -d', true),
  ask(
    'ack-cluster-recoveries',
    'acknowledges the recoveries of a cluster',
    (options) => `ack-recovery/cluster/${clusterPath(options)}?${commentOf(options.reason)}`,
    textLine,
  ),
  ask(
    'ack-all-recoveries',
    'acknowledges all recoveries',
    (options) => `ack-all-recoveries?${commentOf(options.reason)}`,
    textLine,
  ),
  ask('disable-global-recoveries', 'turns automated recovery off', () => 'disable-global-recoveries', textLine),
  ask('enable-global-recoveries', 'turns automated recovery on again', () => 'enable-global-recoveries', textLine),
  ask('check-global-recoveries', 'is automated recovery on?', () => 'check-global-recoveries', textLine),
  ask(
    'submit-masters-to-kv-stores',
    'writes the primaries to the key-value stores',
    (options) => `submit-masters-to-kv-stores/${optionalClusterPath(options)}`,
    (answer) =>
      asList(details(answer))
        .map(asObject)
        .map((pair) => `${asText(pair.Key)}:${asText(pair.Value)}`),
  ),
  ask(
    'raft-leader',
    'the leader',
    () => 'raft-leader',
    (answer) => [asText(answer)],
  ),
  ask(
    'raft-health',
    'is this node a healthy part of the quorum?',
    () => 'raft-health',
    (answer) => [asText(answer)],
  ),
  ask(
    'raft-leader-hostname',
    'host name of the leader',
    () => 'status',
    (answer) => [asText(asObject(details(answer)).Hostname)],
  ),
  ask(
    'raft-elect-leader',
    'asks the others to let -H lead',
    ({ hostname }) => `raft-yield-hint/${required(hostname, '-H')}`,
    textLine,
  ),
];
