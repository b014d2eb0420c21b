import { describe, expect, it } from 'vitest';
import { HOST, type Invented, inventServer } from '../../analysis/testing/records.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { KvClaim } from '../ports.ts';
import { publishablePrimaries } from './primaries.ts';

const FRESHNESS = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 };
const key = (port: number): InstanceKey => ({ hostname: HOST, port });
const claim = (port: number): KvClaim => ({ alias: 'shop', primary: key(port), epoch: 3 });

const primary = (port: number, said: Invented = {}): ServerRecord =>
  inventServer(port, { source: null, readOnly: false, alias: 'shop', cluster: formatKey(key(port)), ...said });

function ask(
  records: readonly ServerRecord[],
  options: { claim?: number; deposed?: Readonly<Record<number, number>>; failing?: number; isForced?: boolean } = {},
): readonly [published: readonly number[], doubts: string] {
  const { deposed = {}, isForced = false } = options;
  const { publishable, doubts } = publishablePrimaries(
    {
      records,
      claims: options.claim === undefined ? [] : [claim(options.claim)],
      deposed: Object.entries(deposed).map(([port, successor]) => ({
        key: key(Number(port)),
        successor: key(successor),
      })),
      isBeingRecovered: ({ port }) => port === options.failing,
      isForced,
    },
    FRESHNESS,
  );
  return [publishable.map((one) => one.primary.port), [...doubts.values()].join()];
}

describe('who is published', () => {
  it('the writable primary of a cluster with an alias', () => {
    const replica = inventServer(2, { source: 1, readOnly: true, alias: 'shop', cluster: formatKey(key(1)) });
    expect(ask([primary(1), replica])).toEqual([[1], '']);
  });

  it('nobody of a cluster without an alias, nor one that is read-only, does not answer, or was replaced', () => {
    expect(ask([primary(1, { alias: '' })])).toEqual([[], '']);
    expect(ask([primary(1, { alias: formatKey(key(1)) })])).toEqual([[], '']);
    expect(ask([primary(1, { readOnly: true })])).toEqual([[], '']);
    expect(ask([primary(1, { valid: false })])).toEqual([[], '']);
    expect(ask([primary(1)], { deposed: { 1: 2 } })).toEqual([[], '']);
    expect(ask([primary(1)], { failing: 1 })).toEqual([[], '']);
  });

  it('of two co-primaries the writable one', () => {
    const both = { alias: 'shop', cluster: formatKey(key(1)), coPrimary: true, depth: 0 };
    const records = [
      inventServer(1, { source: 2, readOnly: true, ...both }),
      inventServer(2, { source: 1, readOnly: false, ...both }),
    ];
    expect(ask(records)).toEqual([[2], '']);
  });

  it('of several under one alias the one published before, else none; and it is said', () => {
    const [published, doubt] = ask([primary(1), primary(2)], { claim: 2 });
    expect(published).toEqual([2]);
    expect(doubt).toMatch(/:1 and .*:2 are both writable primaries .* stays published/);
    expect(ask([primary(1), primary(2)])).toEqual([[], expect.stringMatching(/none is published/)]);
    expect(ask([primary(1), primary(2)], { claim: 9 })[0]).toEqual([]);
  });
});

describe('who takes the place of the one published before', () => {
  it('nobody while that merely does not answer, unless a person says so', () => {
    const records = [primary(1, { valid: false }), primary(2)];
    expect(ask(records, { claim: 1 })).toEqual([
      [],
      expect.stringMatching(/:1 is published as shop and does not answer/),
    ]);
    expect(ask(records, { claim: 1, isForced: true })).toEqual([[2], '']);
  });

  it('the other, once it follows somebody, was replaced by a recovery, or is forgotten', () => {
    const demoted = inventServer(1, { source: 2, readOnly: true, alias: 'shop', cluster: formatKey(key(2)) });
    expect(ask([demoted, primary(2)], { claim: 1 })).toEqual([[2], '']);
    expect(ask([primary(1, { valid: false }), primary(2)], { claim: 1, deposed: { 1: 2 } })).toEqual([[2], '']);
    expect(ask([primary(2)], { claim: 1 })).toEqual([[2], '']);
  });

  it('the primary that a group elected itself', () => {
    const records = [primary(1, { valid: false }), primary(2, { group: { memberRole: 'PRIMARY' } })];
    expect(ask(records, { claim: 1 })).toEqual([[2], '']);
  });

  it('nobody of another cluster that goes by the same alias, while the published one is dead or being replaced', () => {
    const copy = primary(11);
    const replicas = [2, 3].map((port) =>
      inventServer(port, { source: 1, readOnly: true, alias: 'shop', cluster: formatKey(key(1)) }),
    );
    const records = [primary(1, { valid: false }), ...replicas, copy];
    const doubt = expect.stringMatching(/:1 is published as shop/);
    expect(ask(records, { claim: 1, failing: 1 })).toEqual([[], doubt]);
    // The successor is not writable yet, or was not read since.
    expect(ask(records, { claim: 1, deposed: { 1: 2 } })).toEqual([[], doubt]);
    expect(ask([primary(1, { readOnly: true }), ...replicas, copy], { claim: 1 })).toEqual([[], doubt]);
  });

  it('whoever is primary, once the published one is left alone and read-only', () => {
    expect(ask([primary(1, { readOnly: true }), primary(2)], { claim: 1 })).toEqual([[2], '']);
  });
});
