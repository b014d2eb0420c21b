/**
 * What a route answers, before it becomes bytes. bare: the value itself. ok / failed: the historic envelope.
 * encoded: JSON text made (and shared) beforehand. text: something that is not JSON. stream: server-sent events.
 */
export type Answer =
  | { readonly kind: 'bare'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'ok'; readonly message: string; readonly details: unknown }
  | { readonly kind: 'failed'; readonly message: string; readonly details: unknown }
  | { readonly kind: 'encoded'; readonly json: string; readonly etag: string }
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A value of /api/v2, or a problem; null where the status has no content. */
  | {
      readonly kind: 'resource';
      readonly status: number;
      readonly contentType: string;
      readonly body: unknown;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** To another place of this site; sets a cookie that scripts cannot read. */
  | { readonly kind: 'redirect'; readonly location: string; readonly cookie: string | null }
  | { readonly kind: 'stream'; readonly body: ReadableStream<Uint8Array> };

/** A bare JSON value; status 200 unless told. */
export const bare = (body: unknown, status = 200): Answer => ({ kind: 'bare', status, body });

/** Envelope with Code OK. */
export const ok = (message: string, details: unknown = null): Answer => ({ kind: 'ok', message, details });

/** Envelope with Code ERROR and HTTP status 500, as every historic client expects. */
export const failed = (message: string, details: unknown = null): Answer => ({ kind: 'failed', message, details });

/** Not JSON. */
export const text = (body: string, contentType = 'text/plain; charset=utf-8', status = 200): Answer => ({
  kind: 'text',
  status,
  contentType,
  body,
});

/** The exact content type of the historic API; some clients compare it. */
export const JSON_CONTENT_TYPE = 'application/json; charset=UTF-8';

/** The historic page for an unknown path, byte for byte. */
export const notFound = (): Answer => text('404 page not found\n', 'text/plain; charset=utf-8', 404);

export interface EncodeOptions {
  /** Put before every message of an envelope; '' for nothing (PrependMessagesWithOrcIdentity). */
  readonly messagePrefix: string;
  /** If-None-Match of the request, else null. */
  readonly ifNoneMatch: string | null;
}

/** Renders an answer as a Response. */
export function toResponse(answer: Answer, options: EncodeOptions): Response {
  switch (answer.kind) {
    case 'bare':
      return json(JSON.stringify(answer.body ?? null), answer.status);
    case 'ok':
      return json(envelope('OK', options.messagePrefix + answer.message, answer.details), 200);
    case 'failed':
      return json(envelope('ERROR', options.messagePrefix + answer.message, answer.details), 500);
    case 'encoded': {
      const headers = { 'Content-Type': JSON_CONTENT_TYPE, ETag: answer.etag, 'Cache-Control': 'no-cache' };
      if (matchesEtag(options.ifNoneMatch, answer.etag)) return new Response(null, { status: 304, headers });
      return new Response(answer.json, { status: 200, headers });
    }
    case 'text':
      return new Response(answer.body, {
        status: answer.status,
        headers: { 'Content-Type': answer.contentType, ...answer.headers },
      });
    case 'resource':
      return new Response(BODILESS.has(answer.status) ? null : JSON.stringify(answer.body), {
        status: answer.status,
        headers: {
          ...(BODILESS.has(answer.status) ? {} : { 'Content-Type': answer.contentType }),
          'Cache-Control': 'no-cache',
          ...answer.headers,
        },
      });
    case 'redirect': {
      const headers = new Headers({ Location: answer.location, 'Cache-Control': 'no-store' });
      if (answer.cookie !== null) headers.set('Set-Cookie', answer.cookie);
      return new Response(null, { status: 302, headers });
    }
    case 'stream':
      return new Response(answer.body, {
        status: 200,
        headers: {
          'Content-Type': 'text/event-stream; charset=utf-8',
          'Cache-Control': 'no-cache, no-transform',
          'X-Accel-Buffering': 'no',
        },
      });
  }
}

const envelope = (code: 'OK' | 'ERROR', message: string, details: unknown): string =>
  JSON.stringify({ Code: code, Message: message, Details: details ?? null });

/** Statuses that HTTP answers without a body; a load balancer may ask for one of them. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const json = (body: string, status: number): Response =>
  new Response(BODILESS.has(status) ? null : body, {
    status,
    headers: { 'Content-Type': JSON_CONTENT_TYPE, 'Cache-Control': 'no-cache' },
  });

/** Compares as RFC 9110 §13.1.2 says: a list, `*`, and weak marks do not matter. */
function matchesEtag(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
