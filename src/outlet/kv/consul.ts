import type { KvChange, KvEntry, KvOutlet, KvPlace } from '../../engine/ports.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { Secret } from '../../model/secret.ts';
import { type Call, type CallAnswer, call } from './call.ts';

export interface ConsulSettings {
  /** ConsulAddress, host:port. */
  readonly address: string;
  readonly scheme: string;
  readonly token: Secret;
  /** ConsulKVStoreProvider consul-txn: all keys of a cluster in transactions, else one by one. */
  readonly usesTransactions: boolean;
  /** ConsulMaxKVsPerTransaction. */
  readonly maxPerTransaction: number;
  /** ConsulCrossDataCenterDistribution. */
  readonly isDistributed: boolean;
}

/** The Consul of one data centre; '' is that of the agent. */
export type ConsulAsk = (call: Pick<Call, 'method' | 'body'> & { readonly path: string }) => Promise<CallAnswer>;

/** Consul by its HTTP API: /v1/kv with cas, /v1/txn, /v1/catalog/datacenters. */
export function createConsul(settings: ConsulSettings): KvOutlet {
  const base = `${settings.scheme}://${settings.address}`;
  const headers = settings.token.isEmpty ? {} : { 'x-consul-token': settings.token.reveal() };
  const name = `Consul at ${settings.address}`;

  /** @throws OrchestratorError `kv-unreachable`, `kv-refused`; a 404 is an answer. */
  async function ask(
    place: string,
    { path, ...rest }: Parameters<ConsulAsk>[0],
    signal: AbortSignal,
  ): Promise<CallAnswer> {
    const asked = { ...rest, url: `${base}${path}`, headers, verifyCertificate: false };
    const answer = await call(place, asked, signal);
    if (answer.status === 200 || answer.status === 404 || answer.status === 409) return answer;
    throw new OrchestratorError(
      'kv-refused',
      `${place} answered ${answer.status} to ${path.split('?')[0]}: ${answer.text.trim().slice(0, 200)}; ${answer.status === 403 ? 'check ConsulAclToken' : 'look into its log'}`,
    );
  }

  function placeOf(dataCenter: string): KvPlace {
    const place = dataCenter === '' ? name : `${name}, data centre ${dataCenter}`;
    const inDataCenter = dataCenter === '' ? '' : `&dc=${encodeURIComponent(dataCenter)}`;
    const swapOne = async ({ key, value, version }: KvChange, signal: AbortSignal): Promise<boolean> => {
      const path = `/v1/kv/${pathOf(key)}?cas=${version ?? 0}${inDataCenter}`;
      return (await ask(place, { method: 'PUT', path, body: value }, signal)).text.trim() === 'true';
    };
    const swapTogether = async (changes: readonly KvChange[], signal: AbortSignal): Promise<boolean> => {
      const body = JSON.stringify(changes.map(transactionOf));
      const path = `/v1/txn?${inDataCenter.slice(1)}`;
      return (await ask(place, { method: 'PUT', path, body }, signal)).status === 200;
    };
    return {
      name: place,
      async read(keys, signal) {
        const found = await Promise.all(
          keys.map(async (key) => {
            const path = `/v1/kv/${pathOf(key)}?consistent${inDataCenter}`;
            const answer = await ask(place, { method: 'GET', path }, signal);
            return answer.status === 404 ? [] : [[key, entryOf(answer.text)] as const];
          }),
        );
        return new Map(found.flat());
      },
      async swap(changes, signal) {
        const size = settings.usesTransactions ? settings.maxPerTransaction : 1;
        for (let start = 0; start < changes.length; start += size) {
          const part = changes.slice(start, start + size);
          const [first] = part;
          const isDone =
            settings.usesTransactions || first === undefined
              ? await swapTogether(part, signal)
              : await swapOne(first, signal);
          if (!isDone) return false;
        }
        return true;
      },
    };
  }

  return {
    ...placeOf(''),
    async elsewhere(signal) {
      if (!settings.isDistributed) return [];
      const { text } = await ask(name, { method: 'GET', path: '/v1/catalog/datacenters' }, signal);
      return (JSON.parse(text) as readonly string[]).map(placeOf);
    },
    close: async () => undefined,
  };
}

/** It takes no key that begins with a slash (KVClusterMasterPrefix "/"). */
const nameOf = (key: string): string => key.replace(/^\/+/, '');

const pathOf = (key: string): string => nameOf(key).split('/').map(encodeURIComponent).join('/');

const transactionOf = ({ key, value, version }: KvChange) => ({
  KV: { Verb: 'cas', Key: nameOf(key), Value: Buffer.from(value).toString('base64'), Index: Number(version ?? 0) },
});

/** An empty value is null there. */
function entryOf(text: string): KvEntry {
  const [row] = JSON.parse(text) as readonly { readonly Value: string | null; readonly ModifyIndex: number }[];
  return { value: Buffer.from(row?.Value ?? '', 'base64').toString('utf8'), version: String(row?.ModifyIndex ?? 0) };
}
