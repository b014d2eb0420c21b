/** One message of an event stream. */
export interface StreamMessage {
  readonly event: string;
  readonly data: string;
  /** null when the message carried none. */
  readonly id: string | null;
}

/**
 * Reads server-sent events out of pieces of text, wherever they are cut.
 * Returns a function that takes the next piece and gives the messages completed by it. Comments (heartbeats) give none.
 * Grammar: WHATWG HTML, "Server-sent events", parsing an event stream.
 */
export function createStreamParser(): (piece: string) => readonly StreamMessage[] {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let id: string | null = null;

  function takeLine(line: string, into: StreamMessage[]): void {
    if (line === '') {
      if (data.length > 0) into.push({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
      event = '';
      data = [];
      id = null;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
  }

  return (piece) => {
    const messages: StreamMessage[] = [];
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) takeLine(line.endsWith('\r') ? line.slice(0, -1) : line, messages);
    return messages;
  };
}
