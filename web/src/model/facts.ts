import type { CoordinatesJson, InstanceJson } from '../api/types.ts';
import { isNamed, nameOf } from './key.ts';
import { isReplica, lagSecondsOf, problemWords, threadWords } from './state.ts';
import { formatSpan, localTimestamp } from './text.ts';

/** One line of the details panel. `isLong`: a text that needs a line of its own (GTID sets, errors). */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: 'bad' | 'warn';
  readonly isLong?: boolean;
}

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
const at = (coordinates: CoordinatesJson): string =>
  coordinates.LogFile === '' ? '' : `${coordinates.LogFile}:${coordinates.LogPos}`;
const long = (name: string, value: string, tone?: 'bad'): Fact => ({
  name,
  value,
  isLong: true,
  ...(tone === undefined || value === '' ? {} : { tone }),
});

function stateFacts(instance: InstanceJson): readonly Fact[] {
  const seen = instance.SecondsSinceLastSeen;
  return [
    {
      name: 'Answers',
      value: yesNo(instance.IsLastCheckValid),
      ...(instance.IsLastCheckValid ? {} : { tone: 'bad' as const }),
    },
    {
      name: 'Last seen',
      value: seen.Valid ? `${formatSpan(seen.Int64)} ago (${localTimestamp(instance.LastSeenTimestamp)})` : 'never',
    },
    { name: 'Read only', value: yesNo(instance.ReadOnly) },
    ...(instance.Problems ?? []).map((problem) => ({
      name: 'Problem',
      value: problemWords(problem),
      tone: 'bad' as const,
    })),
    ...(instance.IsDowntimed
      ? [
          {
            name: 'Downtime',
            value: `${instance.DowntimeReason} (by ${instance.DowntimeOwner})`,
            tone: 'warn' as const,
          },
          { name: 'Downtime until', value: localTimestamp(instance.DowntimeEndTimestamp) },
        ]
      : []),
    { name: 'Uptime', value: formatSpan(instance.Uptime) },
    { name: 'Answer time', value: `${(instance.LastDiscoveryLatency / 1e6).toFixed(1)} ms` },
  ];
}

function replicationFacts(instance: InstanceJson): readonly Fact[] {
  if (!isReplica(instance)) return [];
  const lag = lagSecondsOf(instance);
  return [
    { name: 'Source', value: nameOf(instance.MasterKey) },
    { name: 'Receiver', value: threadWords(instance.ReplicationIOThreadState) },
    long('Receiver error', instance.LastIOError, 'bad'),
    { name: 'Applier', value: threadWords(instance.ReplicationSQLThreadState) },
    long('Applier error', instance.LastSQLError, 'bad'),
    { name: 'Lag', value: lag === null ? 'unknown' : formatSpan(lag) },
    { name: 'Delay on purpose', value: instance.SQLDelay === 0 ? '' : formatSpan(instance.SQLDelay) },
    { name: 'Read up to', value: at(instance.ReadBinlogCoordinates) },
    { name: 'Executed up to', value: at(instance.ExecBinlogCoordinates) },
    { name: 'Relay log', value: at(instance.RelaylogCoordinates) },
    { name: 'Filters', value: yesNo(instance.HasReplicationFilters) },
    { name: 'TLS allowed', value: yesNo(instance.AllowTLS) },
  ];
}

/** Everything the API tells of one server, in groups for reading; lines without a value are left out. */
export function factsOf(instance: InstanceJson): readonly FactGroup[] {
  const groups: readonly FactGroup[] = [
    { title: 'State', facts: stateFacts(instance) },
    { title: 'Replication', facts: replicationFacts(instance) },
    {
      title: 'GTID',
      facts: [
        { name: 'Mode', value: instance.GTIDMode },
        {
          name: 'Positions by',
          value: instance.UsingOracleGTID
            ? 'GTID'
            : instance.UsingMariaDBGTID
              ? 'MariaDB GTID'
              : instance.UsingPseudoGTID
                ? 'Pseudo-GTID'
                : '',
        },
        long('Errant', instance.GtidErrant, 'bad'),
        long('Executed', instance.ExecutedGtidSet),
        long('Purged', instance.GtidPurged),
      ],
    },
    {
      title: 'Semi-sync',
      facts: [
        {
          name: 'As source',
          value: instance.SemiSyncMasterEnabled
            ? instance.SemiSyncMasterStatus
              ? 'on, active'
              : 'on, not active'
            : '',
        },
        {
          name: 'Waits for',
          value: instance.SemiSyncMasterEnabled
            ? `${instance.SemiSyncMasterWaitForReplicaCount}, ${instance.SemiSyncMasterClients} connected`
            : '',
        },
        {
          name: 'As replica',
          value: instance.SemiSyncReplicaEnabled
            ? instance.SemiSyncReplicaStatus
              ? 'on, active'
              : 'on, not active'
            : '',
        },
      ],
    },
    {
      title: 'Server',
      facts: [
        { name: 'Alias', value: instance.InstanceAlias },
        { name: 'Version', value: `${instance.FlavorName} ${instance.Version} ${instance.VersionComment}`.trim() },
        { name: 'Server id', value: String(instance.ServerID) },
        { name: 'UUID', value: instance.ServerUUID },
        { name: 'Data centre', value: instance.DataCenter },
        { name: 'Region', value: instance.Region },
        { name: 'Environment', value: instance.PhysicalEnvironment },
        { name: 'Promotion rule', value: instance.PromotionRule },
      ],
    },
    {
      title: 'Binary log',
      facts: [
        { name: 'Enabled', value: yesNo(instance.LogBinEnabled) },
        { name: 'Position', value: at(instance.SelfBinlogCoordinates) },
        { name: 'Format', value: `${instance.Binlog_format} ${instance.BinlogRowImage}`.trim() },
        { name: 'Logs replicated changes', value: yesNo(instance.LogReplicationUpdatesEnabled) },
      ],
    },
    {
      title: 'Replicas',
      facts: instance.Replicas.filter(isNamed).map((key, index) => ({ name: String(index + 1), value: nameOf(key) })),
    },
  ];
  return groups
    .map((group) => ({ ...group, facts: group.facts.filter((fact) => fact.value !== '') }))
    .filter((group) => group.facts.length > 0);
}
