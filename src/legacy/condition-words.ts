import { formatCoordinates } from '../model/coordinates.ts';
import { formatKey } from '../model/instance-key.ts';
import type { Condition, Place } from '../plan/plan.ts';

const placeText = (place: Place): string =>
  'note' in place ? `the place noted as "${place.note}"` : formatCoordinates(place);

/** What a condition asks of a server, as the end of the sentence "wait until …". */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'receiver-stopped':
      return 'its receiver is stopped';
    case 'receiver-started':
      return 'its receiver is started';
    case 'applier-stopped':
      return 'its applier is stopped';
    case 'applier-running':
      return 'its applier is running';
    case 'replicating-from':
      return `it replicates from ${formatKey(condition.source)}`;
    case 'drained':
      return 'everything it has received is executed';
    case 'has-read-all':
      return condition.to === undefined
        ? 'its applier has read everything it has received'
        : `its applier has read everything up to ${placeText(condition.to)} of its source's log`;
    case 'has-executed':
      if (typeof condition.gtid !== 'string') return `it has executed what was noted as "${condition.gtid.note}"`;
      return condition.gtid === '' ? 'nothing more' : `it has executed ${condition.gtid}`;
    case 'executed-exactly':
      return `it has executed its source's log exactly to ${placeText(condition.place)}${condition.gtid === undefined ? '' : ', or further at the same GTIDs'}`;
    case 'executed-to':
      return `it has executed its source's log to ${placeText(condition.place)}, or further`;
    case 'received-to':
      return `it has received its source's log to ${formatCoordinates(condition.place)}, or further`;
    case 'has-source':
      return `its source is ${formatKey(condition.source)}`;
    case 'has-no-source':
      return 'it has no source';
    case 'positioned-by':
      return `it positions itself by ${condition.positioning}`;
    case 'delayed-by':
      return `it is delayed by ${condition.seconds} s`;
    case 'semi-sync':
      return `semi-sync is ${condition.enabled ? 'on' : 'off'} (${condition.side} side)`;
    case 'executed-gtid':
      return typeof condition.gtid === 'string'
        ? `its gtid_executed is "${condition.gtid}"`
        : `its gtid_executed is what was noted as "${condition.gtid.note}"`;
    case 'own-log-at-least':
      return `its binary log has come to ${condition.file}`;
    case 'own-log-ends-at':
      return `its binary log ends exactly at ${placeText(condition.place)}`;
    case 'read-only':
      if (!condition.readOnly) return 'it is writable';
      return condition.withSuper === true ? 'it is super_read_only' : 'it is read-only';
    case 'same-server':
      return `it is the server with ${condition.serverUuid === null ? `server_id ${condition.serverId}` : `uuid ${condition.serverUuid}`}`;
    case 'all-of':
      return condition.conditions.map(conditionText).join(', and ');
    default:
      return condition satisfies never;
  }
}
