/** Bodies are a few words; 64 KiB leave room for long reasons. */
export const MAX_BODY_BYTES = 65_536;

export type JsonBody =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'bad-body'; readonly fault: 'not-json' | 'too-long' | 'syntax' };

const bad = (fault: Extract<JsonBody, { kind: 'bad-body' }>['fault']): JsonBody => ({ kind: 'bad-body', fault });

/** Reads a JSON body, no further than to its bound. Only what says that it is JSON: pages of other sites cannot say so unasked. */
export async function readJsonBody(request: Request): Promise<JsonBody> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType)) return bad('not-json');
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return bad('too-long');
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of request.body ?? []) {
      length += part.byteLength;
      if (length > MAX_BODY_BYTES) return bad('too-long');
      parts.push(part);
    }
    return { kind: 'read', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))) };
  } catch {
    // No JSON, no UTF-8, or cut off by who sent it.
    return bad('syntax');
  }
}
