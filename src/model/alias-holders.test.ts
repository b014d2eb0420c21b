import { describe, expect, it } from 'vitest';
import { HOST, type Invented, inventServer } from '../analysis/testing/records.ts';
import { aliasHolders } from './alias-holders.ts';
import { LOST_IN_RECOVERY } from './lost-in-recovery.ts';
import type { ServerRecord } from './server-record.ts';

const clusterOf = (port: number): string => `${HOST}:${port}`;
const member = (port: number, cluster: number, said: Invented = {}): ServerRecord =>
  inventServer(port, {
    source: port === cluster ? null : cluster,
    readOnly: port !== cluster,
    alias: 'shop',
    cluster: clusterOf(cluster),
    ...said,
  });
const SILENT: Invented = { valid: false };
const lost = (record: ServerRecord): ServerRecord => ({
  ...record,
  intent: {
    ...record.intent,
    downtime: { owner: '', reason: LOST_IN_RECOVERY, beginAtMs: 0, endAtMs: Number.MAX_SAFE_INTEGER },
  },
});
const holder = (
  records: readonly ServerRecord[],
  named: number | null = null,
  published: number | null = null,
): string | undefined =>
  aliasHolders(
    records,
    new Map(named === null ? [] : [[clusterOf(named), 'shop']]),
    new Map(published === null ? [] : [['shop', { hostname: HOST, port: published }]]),
  ).get('shop');
/** A cluster whose primary (1) just died, and a copy of its data (2) that takes writes; a replica of each answers. */
const OUTAGE = [member(1, 1, SILENT), member(3, 1), member(2, 2), member(4, 2)];

describe('which cluster an alias means', () => {
  it('the one that answers, of two that suggest it', () => {
    expect(holder([member(1, 1, SILENT), member(2, 2)])).toBe(clusterOf(2));
  });

  it('the one that people named so, though all its servers fail one check at once', () => {
    expect(holder([member(1, 1, SILENT), member(3, 1, SILENT), member(2, 2)], 1)).toBe(clusterOf(1));
  });

  it('never the one that was lost in a recovery, whatever people named it', () => {
    expect(holder([lost(member(1, 1)), member(2, 2, SILENT)], 1)).toBe(clusterOf(2));
  });

  it('the one that is published, while its primary is dead and a copy of its data takes writes', () => {
    expect(holder(OUTAGE)).toBe(clusterOf(2));
    expect(holder(OUTAGE, null, 1)).toBe(clusterOf(1));
  });

  it('the one that is published, also when its primary came back read-only', () => {
    expect(holder([member(1, 1, { readOnly: true }), ...OUTAGE.slice(1)], null, 1)).toBe(clusterOf(1));
  });

  it('what people named so, whoever is published', () => {
    expect(holder(OUTAGE, 2, 1)).toBe(clusterOf(2));
  });

  it('the writable one, once the published server is left alone and silent, or is called otherwise, or is forgotten', () => {
    expect(holder([member(1, 1, SILENT), member(2, 2)], null, 1)).toBe(clusterOf(2));
    expect(holder([member(1, 1, { readOnly: true }), member(2, 2)], null, 1)).toBe(clusterOf(2));
    const others = [member(1, 1, { alias: 'other' }), member(3, 1, { alias: 'other' }), member(5, 5)];
    expect(holder([...others, member(2, 2)], null, 1)).toBe(clusterOf(2));
    expect(holder([member(5, 5, SILENT), member(2, 2)], null, 1)).toBe(clusterOf(2));
  });
});
