import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { HttpGet } from './http-get.ts';

/** What the API said no to: its message, its details if it gave any, and the whole as it was answered. */
export class ApiRefusal extends Error {
  readonly details: unknown;
  readonly text: string;

  constructor(message: string, details: unknown, text: string) {
    super(message);
    this.name = 'ApiRefusal';
    this.details = details;
    this.text = text;
  }
}

type LoginHeaders = Readonly<Record<string, string>>;

export interface ApiClientDeps {
  readonly fetch: HttpGet;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface ApiClient {
  /** Address in use, e.g. `http://node1:3000/api`. */
  readonly baseUrl: string;
  /**
   * Asks for a path below the API. @returns the bare value, or the whole envelope.
   * @throws ApiRefusal for Code ERROR; OrchestratorError `api-unreachable`, `api-login`, `api-not-json`.
   */
  get(path: string): Promise<unknown>;
  /** The same, as the text that was answered. */
  text(path: string): Promise<string>;
}

/** An answer of the API: JSON, and how it was written. */
interface ApiAnswer {
  readonly json: unknown;
  readonly text: string;
}

/** Pauses before another try when nobody listens or the answer is not JSON (a proxy in between, a node that is started again). */
const RETRY_PAUSES_MS = [100, 200, 500, 1000, 2000, 2500, 5000];
const LEADER_CHECK_DEADLINE_MS = 1000;

/** `http://host:3000` → `http://host:3000/api`; what has it already stays. Without a scheme HTTP is meant, as ever. */
export const apiUrl = (address: string): string => {
  const bare = `${address.includes('://') ? '' : 'http://'}${address.replace(/\/+$/, '')}`;
  return bare.endsWith('/api') ? bare : `${bare}/api`;
};

/**
 * Chooses the address: one is taken as it is; of several the one that answers leader-check with 200, else the one that
 * answers routed-leader-check so.
 * @throws OrchestratorError `no-leader` naming the addresses.
 */
export async function chooseApi(
  addresses: readonly string[],
  headers: LoginHeaders,
  deps: ApiClientDeps,
): Promise<string> {
  const urls = addresses.map(apiUrl);
  const [only] = urls;
  if (only !== undefined && urls.length === 1) return only;
  for (const check of ['leader-check', 'routed-leader-check']) {
    for (const url of urls) if (await isOk(`${url}/${check}`, headers, deps)) return url;
  }
  throw new OrchestratorError(
    'no-leader',
    `Cannot determine leader from ${addresses.join(' ')}; check that one of them runs and is the active node`,
  );
}

async function isOk(url: string, headers: LoginHeaders, deps: ApiClientDeps): Promise<boolean> {
  const signal = AbortSignal.timeout(LEADER_CHECK_DEADLINE_MS);
  const response = await deps.fetch(url, { headers, signal }).catch(() => null);
  await response?.text().catch(() => '');
  return response?.status === 200;
}

/** A client of one address. */
export function createApiClient(baseUrl: string, headers: LoginHeaders, deps: ApiClientDeps): ApiClient {
  const once = async (url: string, isLast: boolean): Promise<ApiAnswer | null> => {
    let response: Awaited<ReturnType<HttpGet>>;
    try {
      response = await deps.fetch(url, { headers });
    } catch (thrown) {
      // Whom nobody heard may ask again; anything else may have been obeyed.
      if (!isLast && isRefused(thrown)) return null;
      const cause = thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
      throw new OrchestratorError(
        'api-unreachable',
        `Cannot reach ${baseUrl}: ${cause}; check ORCHESTRATOR_API or -U`,
        {
          cause: thrown,
        },
      );
    }
    if (response.status === 401) {
      throw new OrchestratorError(
        'api-login',
        `${baseUrl} asks for a login; give it with -b user:password or ORCHESTRATOR_AUTH_USER and ORCHESTRATOR_AUTH_PASSWORD`,
      );
    }
    const text = await response.text();
    if (response.status === 404 && text.startsWith('404 page not found')) {
      throw new OrchestratorError(
        'api-no-such-route',
        `${url}: the server has no such route; it may be of an older version`,
      );
    }
    try {
      return { json: JSON.parse(text), text };
    } catch {
      return null;
    }
  };
  const answerTo = async (path: string): Promise<ApiAnswer> => {
    const url = `${baseUrl}/${path}`;
    for (const pauseMs of [...RETRY_PAUSES_MS, null]) {
      const answer = await once(url, pauseMs === null);
      if (answer !== null) return accepted(answer);
      if (pauseMs !== null) await deps.sleep(pauseMs);
    }
    throw new OrchestratorError(
      'api-not-json',
      `${url} does not answer with JSON; is this the address of an orchestrator API?`,
    );
  };
  return {
    baseUrl,
    get: async (path) => (await answerTo(path)).json,
    text: async (path) => (await answerTo(path)).text,
  };
}

const isRefused = (thrown: unknown): boolean =>
  thrown instanceof Error && [thrown, thrown.cause].some((one) => (one as { code?: unknown })?.code === 'ECONNREFUSED');

/** Lets everything pass but an envelope with Code ERROR. */
function accepted(answer: ApiAnswer): ApiAnswer {
  const { json, text } = answer;
  if (typeof json !== 'object' || json === null || !('Code' in json) || !String(json.Code).includes('ERROR')) {
    return answer;
  }
  throw new ApiRefusal(
    'Message' in json ? String(json.Message) : 'the API refused without a message',
    'Details' in json ? json.Details : null,
    text,
  );
}
