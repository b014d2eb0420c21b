import type { EnvelopeJson, KeyJson } from './types.ts';

/** An API call that did not give what was asked; the message is fit to be shown. */
export class ApiError extends Error {
  readonly status: number | null;

  constructor(status: number | null, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** A reading; `changed` is false when the server said that the former value still holds (then `value` is that same object). */
export interface Reading<T> {
  readonly value: T;
  readonly changed: boolean;
}

export interface Api {
  /** Address of the API's live stream. */
  readonly liveUrl: string;
  /** Reads one path below /api/ (already encoded), with the ETag of the last time. Throws ApiError. */
  read<T>(path: string): Promise<Reading<T>>;
  /** Calls an action (path already encoded) and returns its message. Throws ApiError with the server's own words. */
  act(path: string): Promise<string>;
}

/** `host/port`, as API paths have it. */
export const keyPath = (key: KeyJson): string => `${encodeURIComponent(key.Hostname)}/${key.Port}`;

function serverWords(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'Message' in body) return String(body.Message);
  } catch {
    // Not JSON: a proxy or another program answered; the caller falls back to the status.
  }
  return null;
}

/**
 * The page's way to the API.
 * @param baseUrl the URL prefix with a slash at its end, e.g. `http://host:3000/orc/`
 * @param fetchFunction for tests
 */
export function createApi(baseUrl: string, fetchFunction: typeof fetch = (...args) => fetch(...args)): Api {
  const known = new Map<string, { readonly etag: string; readonly value: unknown }>();

  async function call(path: string, headers: Record<string, string>): Promise<Response> {
    let response: Response;
    try {
      response = await fetchFunction(new URL(`api/${path}`, baseUrl), { headers, cache: 'no-store' });
    } catch {
      throw new ApiError(null, 'orchestrator does not answer; is it running, and is the network up?');
    }
    if (response.ok || response.status === 304) return response;
    const words = serverWords(await response.text());
    throw new ApiError(response.status, words ?? `api/${path} answered ${response.status} ${response.statusText}`);
  }

  return {
    liveUrl: new URL('api/live', baseUrl).href,
    async read<T>(path: string) {
      const before = known.get(path);
      const response = await call(path, before === undefined ? {} : { 'If-None-Match': before.etag });
      if (response.status === 304 && before !== undefined) return { value: before.value as T, changed: false };
      let value: T;
      try {
        value = (await response.json()) as T;
      } catch {
        throw new ApiError(response.status, `api/${path} did not answer with JSON; is a proxy in between?`);
      }
      const etag = response.headers.get('ETag');
      if (etag === null) known.delete(path);
      else known.set(path, { etag, value });
      return { value, changed: true };
    },
    async act(path) {
      const response = await call(path, {});
      const body = (await response.json()) as EnvelopeJson<unknown>;
      if (body.Code !== 'OK') throw new ApiError(response.status, body.Message);
      return body.Message;
    },
  };
}
