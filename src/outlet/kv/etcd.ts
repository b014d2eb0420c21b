import type { KvChange, KvEntry, KvOutlet } from '../../engine/ports.ts';
import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { Secret } from '../../model/secret.ts';
import { call } from './call.ts';

export interface EtcdSettings {
  /** KVEtcdAddress: one or several, `host:port` or a URL. */
  readonly endpoints: readonly string[];
  /** '' when it asks for no login. */
  readonly user: string;
  readonly password: Secret;
}

/** etcd from 3.4 on, by the JSON gateway of its own HTTP port. Keys and values go as base64, numbers come as text. */
export function createEtcd(settings: EtcdSettings): KvOutlet {
  const name = `etcd at ${settings.endpoints.join(', ')}`;
  let token: string | null = null;

  async function once(endpoint: string, path: string, body: object, signal: AbortSignal): Promise<unknown> {
    const headers = { 'content-type': 'application/json', ...(token === null ? {} : { authorization: token }) };
    const asked = { method: 'POST', url: urlOf(endpoint) + path, headers, body: JSON.stringify(body) } as const;
    const { status, text } = await call(name, { ...asked, verifyCertificate: true }, signal);
    if (status === 200) return JSON.parse(text);
    if (status === 503) throw new OrchestratorError('kv-unreachable', `${name} has no leader: ${text.slice(0, 200)}`);
    if (status === 401 && token !== null) {
      token = null;
      throw new OrchestratorError('kv-token-expired', `${name} does not know its token any more`);
    }
    throw new OrchestratorError(
      'kv-refused',
      `${name} answered ${status}: ${text.trim().slice(0, 200)}; check KVEtcdUser and KVEtcdPassword, and what that user may write`,
    );
  }

  /** Endpoints in turn: the first that answers. Rejects with what the last one said. */
  async function post(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    let last: unknown = new OrchestratorError('kv-unreachable', 'KVEtcdAddress names no address');
    for (const endpoint of settings.endpoints) {
      try {
        return await once(endpoint, path, body, share(signal, settings.endpoints.length));
      } catch (thrown) {
        last = thrown;
        if (signal.aborted || !isUnreachable(thrown)) break;
      }
    }
    throw last;
  }

  async function login(signal: AbortSignal): Promise<void> {
    if (settings.user === '' || token !== null) return;
    const body = { name: settings.user, password: settings.password.reveal() };
    const answer = (await post('/v3/auth/authenticate', body, signal)) as { readonly token?: string };
    token = answer.token ?? null;
  }

  async function transact(body: object, signal: AbortSignal): Promise<Transacted> {
    await login(signal);
    try {
      return (await post('/v3/kv/txn', body, signal)) as Transacted;
    } catch (thrown) {
      // Tokens live for five minutes of silence, and no longer than the etcd that gave them.
      if (!(thrown instanceof OrchestratorError) || thrown.code !== 'kv-token-expired') throw thrown;
      await login(signal);
      return (await post('/v3/kv/txn', body, signal)) as Transacted;
    }
  }

  return {
    name,
    async read(keys, signal) {
      const success = keys.map((key) => ({ request_range: { key: encode(key) } }));
      const { responses = [] } = await transact({ success }, signal);
      const rows = responses.flatMap(({ response_range: range }) => range?.kvs ?? []);
      return new Map(rows.map((row): [string, KvEntry] => [decode(row.key), entryOf(row)]));
    },
    async swap(changes, signal) {
      const compare = changes.map(comparisonOf);
      const success = changes.map(({ key, value }) => ({ request_put: { key: encode(key), value: encode(value) } }));
      const { succeeded = false } = await transact({ compare, success }, signal);
      return succeeded;
    },
    elsewhere: async () => [],
    close: async () => undefined,
  };
}

interface EtcdRow {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

interface Transacted {
  /** Absent when it is false. */
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: { readonly kvs?: readonly EtcdRow[] } }[];
}

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
const entryOf = ({ value = '', mod_revision }: EtcdRow): KvEntry => ({ value: decode(value), version: mod_revision });

/** A key that is absent has the revision 0. */
const comparisonOf = ({ key, version }: KvChange) => ({
  target: 'MOD',
  result: 'EQUAL',
  key: encode(key),
  mod_revision: version ?? '0',
});

const urlOf = (endpoint: string): string =>
  (/^https?:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`).replace(/\/+$/, '');

const isUnreachable = (thrown: unknown): boolean =>
  thrown instanceof OrchestratorError ? thrown.code === 'kv-unreachable' : messageOf(thrown) !== '';

/** One endpoint that hangs leaves time for the next. */
const ENDPOINT_DEADLINE_MS = 1_500;
const share = (signal: AbortSignal, endpoints: number): AbortSignal =>
  endpoints === 1 ? signal : AbortSignal.any([signal, AbortSignal.timeout(ENDPOINT_DEADLINE_MS)]);
