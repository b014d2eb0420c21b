import { describe, expect, it } from 'vitest';
import { EMPTY_GTID_SET, parseGtidSet } from '../model/gtid-set.ts';
import { locateGtids, readPreviousGtids } from './locate-gtid.ts';

const A = 'aaaaaaaa-0000-0000-0000-000000000001';
const B = 'bbbbbbbb-0000-0000-0000-000000000002';
const set = parseGtidSet;

const LOGS = [
  { file: 'bin.1', previous: set(`${A}:1-10`) },
  { file: 'bin.2', previous: set(`${A}:1-20,${B}:1`) },
  { file: 'bin.3', previous: set(`${A}:1-30,${B}:1`) },
];

describe('locateGtids', () => {
  it.each([
    [`${B}:1`, ['bin.1']],
    [`${B}:1-2`, ['bin.1', 'bin.3']],
    [`${A}:15-25`, ['bin.1', 'bin.2']],
    [`${B}:9`, []],
  ])('%s is in %j', (wanted, files) =>
    expect(locateGtids(LOGS, set(`${A}:1-40,${B}:1-2`), set(wanted))).toEqual({ kind: 'located', files }),
  );

  it('tells what is purged', () => {
    expect(locateGtids(LOGS, set(`${A}:1-40`), set(`${A}:9-11`))).toEqual({ kind: 'purged', purged: `${A}:9-10` });
    expect(locateGtids([], EMPTY_GTID_SET, set(`${A}:1`))).toEqual({ kind: 'purged', purged: `${A}:1` });
  });

  it('reads the set of several lines from the event', () => {
    const event = { file: 'bin.1', position: 4, serverId: 1, endPosition: 9 };
    const previous = { ...event, type: 'Previous_gtids', info: `${A}:1-3,\n${B}:1` };
    expect(readPreviousGtids([{ ...event, type: 'Format_desc', info: '' }, previous])).toEqual(set(`${A}:1-3,${B}:1`));
    expect(readPreviousGtids([{ ...event, type: 'Format_desc', info: '' }])).toBeNull();
  });
});
