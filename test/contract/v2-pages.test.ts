import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inventServer } from '../../src/analysis/testing/records.ts';
import type { RecoveryFilter } from '../../src/engine/ports.ts';
import { formatKey } from '../../src/model/instance-key.ts';
import { CLUSTER, inventFleet, RECOVERY } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

let api: TestServer;
beforeAll(async () => {
  api = await startTestServer();
});
afterAll(() => api.server.close());
beforeEach(() => {
  api.orchestrator.records = inventFleet();
});

/** Follows rel="next" until there is none; `between` happens before each further page. */
async function pages<Item>(first: string, between = (_: readonly Item[]): void => {}): Promise<Item[][]> {
  const seen: Item[][] = [];
  let target: string | null = first;
  while (target !== null) {
    const { body, headers, status, text } = await api.get(target);
    expect(status, text).toBe(200);
    seen.push(body.items);
    const link: string | undefined = /^<([^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(link === undefined).toBe(body.nextPageToken === null);
    const base: string = new URL(target, 'http://x').pathname;
    target = link === undefined ? null : new URL(link, `http://x${base}`).href.slice('http://x'.length);
    if (target !== null) between(body.items);
  }
  return seen;
}

interface Keyed {
  readonly key: { readonly hostname: string; readonly port: number };
}
const ports = (shown: readonly (readonly Keyed[])[]) => shown.map((page) => page.map(({ key }) => key.port));

describe('pages of servers', () => {
  test('in the order of addresses, ports as numbers; the filter goes along', async () => {
    api.orchestrator.records = [9, 100, 11, 1000, 12, 8, 7].map((port) => inventServer(port, { cluster: CLUSTER }));
    expect(ports(await pages('/api/v2/instances?limit=3'))).toEqual([[7, 8, 9], [11, 12, 100], [1000]]);
    expect(ports(await pages('/api/v2/instances?limit=2&match=%3A1'))).toEqual([
      [11, 12],
      [100, 1000],
    ]);
    expect(ports(await pages(`/api/v2/clusters/${CLUSTER}/instances?limit=7`))).toEqual([[7, 8, 9, 11, 12, 100, 1000]]);
  });

  test('what comes and goes meanwhile neither repeats nor hides another', async () => {
    api.orchestrator.records = [1, 3, 5, 7, 9].map((port) => inventServer(port, {}));
    const changes = [
      () => [1, 2, 3, 4, 5, 7, 9],
      // The last one shown is gone.
      () => [1, 2, 3, 7, 9],
    ];
    const seen = await pages<Keyed>('/api/v2/instances?limit=2', () => {
      const next = changes.shift()?.();
      if (next !== undefined) api.orchestrator.records = next.map((port) => inventServer(port, {}));
    });
    expect(ports(seen)).toEqual([
      [1, 3],
      [4, 5],
      [7, 9],
    ]);
  });

  test('a hundred, unless told otherwise', async () => {
    api.orchestrator.records = Array.from({ length: 250 }, (_, index) => inventServer(index + 1, {}));
    expect((await pages('/api/v2/instances')).map(({ length }) => length)).toEqual([100, 100, 50]);
    expect((await pages('/api/v2/instances?limit=1000')).map(({ length }) => length)).toEqual([250]);
  });

  test('chosen by cluster, tag, problem and data centre', async () => {
    const chosen = async (query: string) => ports(await pages(`/api/v2/instances?${query}`)).flat();
    expect(await chosen('cluster=shop')).toEqual([1, 11, 12, 13]);
    expect(await chosen('tag=role%3Dbackup')).toEqual([11]);
    expect(await chosen('tag=~role&cluster=shop')).toEqual([1, 12, 13]);
    expect(await chosen('dataCenter=nowhere')).toEqual([]);
    expect(await chosen('problem=any')).toEqual([]);
    api.clock.nowMs += 3_600_000;
    expect(await chosen('problem=any')).toEqual([1, 11, 12, 13]);
    expect(await chosen('problem=not_recently_checked&match=3$')).toEqual([13]);
    expect(await chosen('problem=errant_gtid')).toEqual([]);
  });
});

describe('pages of what the store keeps', () => {
  test('newest first, by id, so that a new one pushes nothing onto the next page', async () => {
    const filters: RecoveryFilter[] = [];
    let newest = 7;
    api.orchestrator.recoveries = async (filter) => {
      filters.push(filter);
      const { beforeId = newest + 1, limit = 20 } = filter;
      const ids = Array.from({ length: newest }, (_, index) => newest - index).filter((id) => id < beforeId);
      return ids.slice(0, limit).map((recoveryId) => ({ ...RECOVERY, recoveryId, uid: `uid-${recoveryId}` }));
    };
    const seen = await pages<{ readonly id: number }>(
      '/api/v2/recoveries?limit=3&alias=shop&unacknowledged=true',
      () => {
        newest += 1;
      },
    );
    expect(seen.map((page) => page.map(({ id }) => id))).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    expect(filters[1]).toEqual({ clusterAlias: 'shop', onlyUnacknowledged: true, limit: 4, beforeId: 5 });
  });

  test('a token of another listing is refused', async () => {
    const { body } = await api.get('/api/v2/instances?limit=1');
    expect((await api.get(`/api/v2/audit?pageToken=${body.nextPageToken}`)).status).toBe(400);
  });

  test('every address is shown once', async () => {
    const keys = (await pages<Keyed>('/api/v2/instances?limit=1')).flat().map(({ key }) => formatKey(key));
    expect(new Set(keys).size).toBe(4);
  });
});
