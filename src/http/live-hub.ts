import type { Clock } from '../engine/ports.ts';

export interface LiveHubSettings {
  /** How many events are remembered for readers that come back. */
  readonly rememberEvents: number;
  readonly heartbeatMs: number;
  /** A reader that has this many unread bytes is cut off; it comes back and catches up. */
  readonly maxUnreadBytes: number;
}

export const LIVE_HUB_DEFAULTS: LiveHubSettings = {
  rememberEvents: 1000,
  heartbeatMs: 15_000,
  maxUnreadBytes: 4 * 1024 * 1024,
};

/** An event with a `kind`; the hub does not look at the rest. */
export interface LiveEventLike {
  readonly kind: string;
}

export interface LiveHub {
  /** Sends one event to every reader; it is encoded once. */
  publish(event: LiveEventLike): void;
  /**
   * A new reader. `lastEventId` is what its header says, null when it begins afresh. `disconnect` ends its connection when it
   * does not read: an end of the stream would wait behind what it has not read.
   */
  open(lastEventId: string | null, signal: AbortSignal, disconnect: () => void): ReadableStream<Uint8Array>;
  readonly countReaders: number;
  close(): void;
}

interface Remembered {
  readonly id: number;
  readonly chunk: Uint8Array;
}

/**
 * Fans live events out to server-sent-event readers.
 *
 * Ids grow by one and begin at the start time of this hub in milliseconds, so that an id of an earlier process is always
 * smaller: such a reader, and one that was away too long, gets an event `reset`, which means "fetch everything again".
 */
export function createLiveHub(deps: { readonly clock: Clock }, settings: LiveHubSettings = LIVE_HUB_DEFAULTS): LiveHub {
  const encoder = new TextEncoder();
  const remembered: Remembered[] = [];
  const readers = new Map<ReadableStreamDefaultController<Uint8Array>, () => void>();
  const firstId = deps.clock.now();
  let nextId = firstId;

  const drop = (reader: ReadableStreamDefaultController<Uint8Array>): void => {
    if (!readers.delete(reader)) return;
    try {
      reader.close();
    } catch {
      // The client closed first; there is nothing left to end.
    }
  };
  const send = (chunk: Uint8Array): void => {
    for (const [reader, disconnect] of readers) {
      if ((reader.desiredSize ?? Number.NEGATIVE_INFINITY) < -settings.maxUnreadBytes) {
        drop(reader);
        disconnect();
      } else reader.enqueue(chunk);
    }
  };
  const stopHeartbeat = deps.clock.every(settings.heartbeatMs, () => send(encoder.encode(': still here\n\n')));

  /** What a reader that has seen `lastEventId` has missed; null when that is no longer known. */
  const missedSince = (lastEventId: string): readonly Remembered[] | null => {
    const id = Number(lastEventId);
    const oldest = remembered[0]?.id ?? nextId;
    if (!Number.isSafeInteger(id) || id < oldest - 1 || id >= nextId) return null;
    return remembered.filter((event) => event.id > id);
  };

  return {
    publish(event) {
      const id = nextId;
      nextId += 1;
      const chunk = encoder.encode(`id: ${id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
      remembered.push({ id, chunk });
      if (remembered.length > settings.rememberEvents) remembered.shift();
      send(chunk);
    },
    open(lastEventId, signal, disconnect) {
      let mine: ReadableStreamDefaultController<Uint8Array> | null = null;
      const leave = (): void => {
        if (mine !== null) drop(mine);
      };
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            mine = controller;
            controller.enqueue(encoder.encode('retry: 1000\n: connected\n\n'));
            const missed = lastEventId === null ? [] : missedSince(lastEventId);
            if (missed === null) {
              controller.enqueue(encoder.encode(`id: ${nextId - 1}\nevent: reset\ndata: {"kind":"reset"}\n\n`));
            }
            for (const event of missed ?? []) controller.enqueue(event.chunk);
            readers.set(controller, disconnect);
            if (signal.aborted) leave();
            else signal.addEventListener('abort', leave, { once: true });
          },
          cancel() {
            signal.removeEventListener('abort', leave);
            if (mine !== null) readers.delete(mine);
          },
        },
        { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
      );
    },
    get countReaders() {
      return readers.size;
    },
    close() {
      stopHeartbeat();
      for (const reader of [...readers.keys()]) drop(reader);
    },
  };
}
