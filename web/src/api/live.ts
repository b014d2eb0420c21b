import { createStreamParser } from './sse.ts';
import type { LiveEvent } from './types.ts';

/**
 * connecting: the first attempt is under way. live: the stream is open and not silent. lost: it ended or fell silent;
 * the next attempt is made at `retryAtMs` (epoch milliseconds).
 */
export type LiveState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly retryAtMs: number; readonly reason: string };

export interface LiveListener {
  onState(state: LiveState): void;
  onEvent(event: LiveEvent): void;
  /** The stream is back after a loss, or had to leave something out: whatever was read before may be old. */
  onReturn(): void;
}

/** The server sends a comment every 15 s; twice that and a bit without a byte means the line is dead. */
const SILENCE_LIMIT_MS = 40_000;
const BACK_OFF_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;
const KINDS: ReadonlySet<string> = new Set(['fleet', 'explanation', 'readiness', 'recovery-step', 'recovery']);

function eventOf(name: string, data: string): LiveEvent | null {
  if (!KINDS.has(name)) return null;
  try {
    const body = JSON.parse(data) as object;
    return { ...body, kind: name } as LiveEvent;
  } catch {
    return null;
  }
}

/**
 * Keeps one live stream open, whatever happens to the connection: reconnects with back-off, resumes by Last-Event-ID, and
 * notices a line that died silently. A fetch rather than an EventSource, which could do neither.
 */
export function createLive(url: string, listener: LiveListener): { retryNow(): void; close(): void } {
  let closed = false;
  let failures = 0;
  let wasLost = false;
  let lastEventId: string | null = null;
  let current: AbortController | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  function lost(reason: string): void {
    if (closed) return;
    const waitMs = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 8_000;
    failures += 1;
    wasLost = true;
    listener.onState({ kind: 'lost', retryAtMs: Date.now() + waitMs, reason });
    retryTimer = setTimeout(() => void connect(), waitMs);
  }

  async function connect(): Promise<void> {
    const abort = new AbortController();
    current = abort;
    let watchdog = setTimeout(() => abort.abort(), SILENCE_LIMIT_MS);
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (lastEventId !== null) headers['Last-Event-ID'] = lastEventId;
      const response = await fetch(url, { headers, cache: 'no-store', signal: abort.signal });
      if (!response.ok || response.body === null) throw new Error(`the live stream answered ${response.status}`);
      failures = 0;
      listener.onState({ kind: 'live' });
      if (wasLost) listener.onReturn();
      const parse = createStreamParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new Error('the server ended the live stream');
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_LIMIT_MS);
        for (const message of parse(value)) {
          if (message.id !== null) lastEventId = message.id;
          // Too much was missed to be told again.
          if (message.event === 'reset') listener.onReturn();
          const event = eventOf(message.event, message.data);
          if (event !== null) listener.onEvent(event);
        }
      }
    } catch (thrown) {
      // fetch and the reader throw TypeErrors whose texts differ from browser to browser and help nobody.
      const isNetwork = thrown instanceof TypeError || !(thrown instanceof Error);
      lost(
        abort.signal.aborted ? 'nothing heard for 40 s' : isNetwork ? 'orchestrator does not answer' : thrown.message,
      );
    } finally {
      clearTimeout(watchdog);
    }
  }

  listener.onState({ kind: 'connecting' });
  void connect();
  return {
    retryNow() {
      if (closed || retryTimer === undefined) return;
      clearTimeout(retryTimer);
      retryTimer = undefined;
      void connect();
    },
    close() {
      closed = true;
      clearTimeout(retryTimer);
      current?.abort();
    },
  };
}
