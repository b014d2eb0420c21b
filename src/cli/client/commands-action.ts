import { ask, type ClientCommand, change } from './command.ts';
import { asList, asObject, asText, details, keyOf, keyText } from './json.ts';
import { clusterPath, destinationPath, instancePath, optionalClusterPath, required } from './paths.ts';

const keyLine = (answer: unknown): readonly string[] => [keyOf(details(answer))];
const textLine = (answer: unknown): readonly string[] => [asText(details(answer))];
const keyLines = (answer: unknown): readonly string[] => asList(details(answer)).map(keyText);

const onInstance = (name: string, description: string): ClientCommand =>
  change(name, description, (options) => `${name}/${instancePath(options)}`, keyLine);

const canReplicate = (name: string): ClientCommand =>
  ask(
    name,
    'prints -d if -i can replicate from it',
    (options) => `${name}/${instancePath(options)}/${destinationPath(options)}`,
    (answer) => (asText(asObject(answer).Message).includes('true') ? [keyText(details(answer))] : []),
  );
/** Changes of primary; -d names the successor where the path takes one. */
const successor = (name: string, description: string, designated: 'none' | 'optional' | 'required'): ClientCommand =>
  change(
    name,
    description,
    (options) => {
      const isDesignated = designated === 'required' || (designated === 'optional' && options.destination !== '');
      return `${name}/${clusterPath(options)}${isDesignated ? `/${destinationPath(options)}` : ''}`;
    },
    (answer) => [keyText(asObject(details(answer)).SuccessorKey)],
  );

const tagOf = (tag: string): string => `tag=${required(tag, '-t')}`;
const commentOf = (reason: string): string => `comment=${required(reason, '-r')}`;

/** What people note about servers, and questions about them. */
export const serverCommands: readonly ClientCommand[] = [
  canReplicate('can-replicate-from'),
  canReplicate('can-replicate-from-gtid'),
  change(
    'discover',
    'reads a server and takes it into the fleet',
    (options) => `discover/${instancePath(options)}`,
    keyLine,
  ),
  change(
    'async-discover',
    'begins to read a server',
    (options) => `async-discover/${instancePath(options)}`,
    (_, options) => [options.instance],
  ),
  change(
    'forget',
    'forgets a server',
    (options) => `forget/${instancePath(options)}`,
    () => [],
  ),
  change(
    'forget-cluster',
    'forgets a cluster',
    (options) => `forget-cluster/${clusterPath(options)}`,
    () => [],
  ),
  change('tag', 'sets a tag', (options) => `tag/${instancePath(options)}?${tagOf(options.tag)}`, keyLine),
  change('untag', 'removes a tag', (options) => `untag/${instancePath(options)}?${tagOf(options.tag)}`, keyLines),
  change('untag-all', 'removes a tag from every server', (options) => `untag-all?${tagOf(options.tag)}`, keyLines),
  change(
    'submit-pool-instances',
    'sets the members of a pool',
    (options) => `submit-pool-instances/${required(options.pool, '-l')}?instances=${required(options.instance, '-i')}`,
    textLine,
  ),
  change(
    'begin-downtime',
    'begins a downtime',
    (options) =>
      `begin-downtime/${instancePath(options)}/${required(options.owner, '-o')}/${required(options.reason, '-r')}/${required(options.duration, '-u')}`,
    keyLine,
  ),
  onInstance('end-downtime', 'ends a downtime'),
  change(
    'begin-maintenance',
    'places a maintenance lock',
    (options) =>
      `begin-maintenance/${instancePath(options)}/${required(options.owner, '-o')}/${required(options.reason, '-r')}`,
    keyLine,
  ),
  onInstance('end-maintenance', 'lifts a maintenance lock'),
  change(
    'register-candidate',
    'sets the promotion rule',
    (options) => `register-candidate/${instancePath(options)}/${required(options.promotionRule, '-R')}`,
    keyLine,
  ),
  change(
    'register-hostname-unresolve',
    'sets a virtual name',
    (options) => `register-hostname-unresolve/${instancePath(options)}/${required(options.hostname, '-H')}`,
    keyLine,
  ),
  onInstance('deregister-hostname-unresolve', 'drops a virtual name'),
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
    'last-pseudo-gtid',
    'newest Pseudo-GTID entry',
    (options) => `last-pseudo-gtid/${instancePath(options)}`,
    textLine,
  ),
];

/** Recoveries, the switch, and the distributed mode. */
export const recoveryCommands: readonly ClientCommand[] = [
  change(
    'recover',
    'recovers a failed server now',
    (options) => `recover/${instancePath(options)}${options.destination === '' ? '' : `/${destinationPath(options)}`}`,
    keyLine,
  ),
  successor('graceful-master-takeover', 'hands the primary role over', 'optional'),
  successor('graceful-master-takeover-auto', 'hands the primary role over and lets the old primary follow', 'optional'),
  successor('force-master-failover', 'replaces the primary, dead or alive', 'none'),
  successor('force-master-takeover', 'replaces the primary, dead or alive, by -d', 'required'),
  change(
    'ack-cluster-recoveries',
    'acknowledges the recoveries of a cluster',
    (options) => `ack-recovery/cluster/${clusterPath(options)}?${commentOf(options.reason)}`,
    textLine,
  ),
  change(
    'ack-all-recoveries',
    'acknowledges all recoveries',
    (options) => `ack-all-recoveries?${commentOf(options.reason)}`,
    textLine,
  ),
  change('disable-global-recoveries', 'turns automated recovery off', () => 'disable-global-recoveries', textLine),
  change('enable-global-recoveries', 'turns automated recovery on again', () => 'enable-global-recoveries', textLine),
  ask('check-global-recoveries', 'is automated recovery on?', () => 'check-global-recoveries', textLine),
  change(
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
  change(
    'raft-elect-leader',
    'asks the others to let -H lead',
    ({ hostname }) => `raft-yield-hint/${required(hostname, '-H')}`,
    textLine,
  ),
];
