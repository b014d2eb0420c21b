/** The first packet of a server, as far as it matters before the driver takes over. */
export type Greeting =
  | { readonly kind: 'hello'; readonly serverVersion: string }
  /** The server is there but will not serve us, e.g. 1040, 1129, 1130. */
  | { readonly kind: 'error'; readonly errorNumber: number; readonly text: string }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not-mysql'; readonly detail: string };

const PROTOCOL_VERSION = 10;
const ERROR_MARKER = 0xff;
/** No greeting is longer; a longer "packet" is the text of another protocol read as a length. */
const LONGEST_GREETING_BYTES = 2048;

/**
 * Reads the bytes a server sent first (manual: "Protocol::HandshakeV10"): 3 bytes length, sequence number 0, then protocol
 * version 10 and the zero-terminated version, or an error packet. Anything else is no MySQL server.
 */
export function readGreeting(bytes: Buffer): Greeting {
  if (bytes.length >= 4) {
    const length = bytes.readUIntLE(0, 3);
    if (bytes[3] !== 0 || length < 3 || length > LONGEST_GREETING_BYTES) return notMysql(bytes);
  }
  if (bytes.length < 5) return { kind: 'incomplete' };
  const marker = bytes[4];
  if (marker !== PROTOCOL_VERSION && marker !== ERROR_MARKER) return notMysql(bytes);
  const end = 4 + bytes.readUIntLE(0, 3);
  if (bytes.length < end) return { kind: 'incomplete' };
  if (marker === ERROR_MARKER) return readError(bytes.subarray(5, end));
  const terminator = bytes.indexOf(0, 5);
  if (terminator < 0 || terminator >= end) return notMysql(bytes);
  return { kind: 'hello', serverVersion: bytes.toString('latin1', 5, terminator) };
}

/** Two bytes number, optionally `#` and five bytes SQL state, then the text. */
function readError(body: Buffer): Greeting {
  const text = body.toString('utf8', 2);
  return { kind: 'error', errorNumber: body.readUInt16LE(0), text: text.startsWith('#') ? text.slice(6) : text };
}

function notMysql(bytes: Buffer): Greeting {
  const start = bytes.toString('latin1', 0, 24).replaceAll(/[^\x20-\x7e]/g, '.');
  return { kind: 'not-mysql', detail: `it began with "${start}"` };
}
