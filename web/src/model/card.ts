import type { InstanceJson } from '../api/types.ts';
import { nameOf } from './key.ts';
import {
  edgeStateOf,
  type Health,
  healthOf,
  isDeposed,
  isLostInRecovery,
  isReplica,
  lagSecondsOf,
  problemWords,
  type Role,
  roleOf,
  sourceNameOf,
  threadWords,
} from './state.ts';
import { formatSpan } from './text.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'info';

/** A small label on a card; `hint` is shown on hover. */
export interface Badge {
  readonly text: string;
  readonly tone: Tone;
  readonly hint: string;
}

/** Everything a card shows, flat, so that an unchanged card is recognised by comparing texts. */
export interface CardModel {
  readonly name: string;
  /** What is shown as name: host (or alias) and `:port`, apart, so that a long host never hides the port. */
  readonly host: string;
  readonly port: string;
  readonly role: Role;
  readonly roleWords: string;
  readonly health: Health;
  readonly version: string;
  readonly isWritable: boolean;
  /** The one thing to know when there is room for few words: a trouble, or writable / read-only. */
  readonly brief: string;
  /** Text of lag or of the time since last seen; '' when there is nothing to say. */
  readonly lag: string;
  readonly lagTone: Tone;
  readonly receiver: Badge | null;
  readonly applier: Badge | null;
  readonly badges: readonly Badge[];
  /** The whole card in one sentence, for screen readers. */
  readonly spoken: string;
}

/** `9.7.4-2-log` → `9.7.4`. */
export const shortVersion = (version: string): string => /^\d+(\.\d+)*/.exec(version)?.[0] ?? version;

function thread(word: string, state: number, error: string): Badge | null {
  if (state === -1) return null;
  const tone: Tone = state === 1 ? 'good' : error !== '' || state === 2 ? 'bad' : 'warn';
  return { text: word, tone, hint: `${word} ${threadWords(state)}${error === '' ? '' : `: ${error}`}` };
}

/** Troubles first: what a person at 3 a.m. must see from afar. */
function briefOf(instance: InstanceJson): string {
  if (!instance.IsLastCheckValid) return 'no answer';
  if (isDeposed(instance)) return instance.ReadOnly ? 'returned, fenced' : 'returned, WRITABLE';
  if (isReplica(instance) && instance.ReplicationIOThreadState !== 1) {
    return `receiver ${threadWords(instance.ReplicationIOThreadState)}`;
  }
  if (isReplica(instance) && instance.ReplicationSQLThreadState !== 1) {
    return `applier ${threadWords(instance.ReplicationSQLThreadState)}`;
  }
  if (instance.GtidErrant !== '') return 'errant GTID';
  if (instance.IsDowntimed) return 'downtime';
  // Then the figure beside it says it all.
  if (edgeStateOf(instance) === 'lagging') return '';
  return instance.ReadOnly ? 'read-only' : 'writable';
}

function badgesOf(instance: InstanceJson): readonly Badge[] {
  const badges: Badge[] = [];
  const add = (text: string, tone: Tone, hint: string): void => void badges.push({ text, tone, hint });
  if (isDeposed(instance)) {
    if (!instance.IsLastCheckValid) add('deposed', 'bad', 'This primary died and was replaced.');
    else if (instance.ReadOnly)
      add('returned, fenced', 'info', 'This deposed primary is back; it is read-only and takes no writes.');
    else add('returned, WRITABLE', 'bad', 'This deposed primary is back and not yet fenced.');
  } else if (isLostInRecovery(instance)) {
    add('lost in recovery', 'warn', 'A recovery could not bring this server along.');
  } else if (instance.IsDowntimed) {
    add(
      'downtime',
      'quiet',
      `${instance.DowntimeOwner}: ${instance.DowntimeReason}, until ${instance.DowntimeEndTimestamp}`,
    );
  }
  if (instance.GtidErrant !== '') add('errant', 'bad', `Transactions its source does not have: ${instance.GtidErrant}`);
  if (instance.IsDetachedMaster) add('detached', 'warn', `Detached from ${sourceNameOf(instance) ?? 'its source'}`);
  if (instance.UsingOracleGTID || instance.UsingMariaDBGTID || (!isReplica(instance) && instance.GTIDMode === 'ON')) {
    add('GTID', 'quiet', 'Finds its position by GTID');
  } else if (instance.UsingPseudoGTID) {
    add('pseudo-GTID', 'quiet', 'Finds its position by Pseudo-GTID');
  }
  if (instance.SemiSyncMasterStatus)
    add(
      'semi-sync',
      'quiet',
      `Waits for ${instance.SemiSyncMasterWaitForReplicaCount}, has ${instance.SemiSyncMasterClients}`,
    );
  else if (instance.SemiSyncReplicaStatus) add('semi-sync', 'quiet', 'Acknowledges to its source');
  if (instance.SQLDelay > 0) add(`delay ${formatSpan(instance.SQLDelay)}`, 'quiet', 'Delayed on purpose');
  if (instance.HasReplicationFilters) add('filters', 'warn', 'Has replication filters');
  if (instance.PromotionRule !== 'neutral' && instance.PromotionRule !== '') {
    add(instance.PromotionRule.replace('_', ' '), 'quiet', `Promotion rule: ${instance.PromotionRule}`);
  }
  return badges;
}

/** The card of one server; `hasReplicas` as drawn; `cutText` is left out of the host shown (RemoveTextFromHostnameDisplay). */
export function cardOf(instance: InstanceJson, hasReplicas: boolean, cutText = ''): CardModel {
  const role = roleOf(instance, hasReplicas);
  const lag = lagSecondsOf(instance);
  const sinceSeen = instance.SecondsSinceLastSeen;
  const isDead = !instance.IsLastCheckValid;
  const lagText = isDead
    ? sinceSeen.Valid
      ? `seen ${formatSpan(sinceSeen.Int64)} ago`
      : 'never seen'
    : !isReplica(instance)
      ? ''
      : lag === null
        ? 'lag unknown'
        : `lag ${formatSpan(lag)}`;
  const isWritable = !instance.ReadOnly;
  const name = nameOf(instance.Key);
  const hasAlias = instance.InstanceAlias !== '';
  const problems = (instance.Problems ?? []).map(problemWords);
  return {
    name,
    host: hasAlias ? instance.InstanceAlias : instance.Key.Hostname.replace(cutText, ''),
    port: hasAlias ? '' : `:${instance.Key.Port}`,
    role,
    roleWords: isDeposed(instance) ? 'former' : role,
    health: healthOf(instance),
    version:
      instance.Version === '' ? 'version unknown' : `${instance.FlavorName} ${shortVersion(instance.Version)}`.trim(),
    isWritable,
    brief: briefOf(instance),
    lag: lagText,
    lagTone: isDead ? 'bad' : edgeStateOf(instance) === 'lagging' ? 'warn' : lag === null ? 'warn' : 'quiet',
    receiver: isReplica(instance) ? thread('receiver', instance.ReplicationIOThreadState, instance.LastIOError) : null,
    applier: isReplica(instance) ? thread('applier', instance.ReplicationSQLThreadState, instance.LastSQLError) : null,
    badges: badgesOf(instance),
    spoken: [
      `${name}, ${isDeposed(instance) ? 'former primary' : role}, ${isDead ? 'does not answer' : isWritable ? 'writable' : 'read-only'}`,
      sourceNameOf(instance) === null ? '' : `replicates from ${sourceNameOf(instance)}`,
      lagText,
      ...problems,
    ]
      .filter((text) => text !== '')
      .join(', '),
  };
}

/** True when two cards would look the same. */
export const sameCard = (a: CardModel, b: CardModel): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
