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
      return 'its applier has read everything it has received';
    case 'has-executed':
      if (typeof condition.gtid !== 'string') return `it has executed what was noted as "${condition.gtid.note}"`;
      return condition.gtid === '' ? 'nothing more' : `it has executed ${condition.gtid}`;
    case 'executed-exactly':
      return `it has executed its source's log exactly to ${placeText(condition.place)}`;
    case 'executed-to':
      return `it has executed its source's log to ${placeText(condition.place)}, or further`;
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
    case 'read-only':
      return condition.readOnly ? 'it is read-only' : 'it is writable';
    case 'same-server':
      return `it is the server with ${condition.serverUuid === null ? `server_id ${condition.serverId}` : `uuid ${condition.serverUuid}`}`;
    default:
      return condition satisfies never;
  }
}
