import type { Acknowledged } from '../index.ts';

/** Shorter pauses between two rows are the ordinary course of things. */
const GAP_FROM_MS = 50;

/** Sums up a writer's acknowledgements as they come; each row is looked at once. */
export function createStatusLine(acknowledged: readonly Acknowledged[], nameOf: (server: number) => string) {
  let seen = 0;
  let seenBefore = 0;
  let lastGapMs: number | null = null;
  let changeMs: number | null = null;
  let last: Acknowledged | null = null;
  return {
    /** One line for people, meant to be asked once a second. */
    next(): string {
      for (; seen < acknowledged.length; seen += 1) {
        const row = acknowledged[seen];
        if (row === undefined) break;
        if (last !== null) {
          const gapMs = row.atMs - last.atMs;
          if (row.server !== last.server) changeMs = gapMs;
          else if (gapMs >= GAP_FROM_MS) lastGapMs = gapMs;
        }
        last = row;
      }
      const rate = seen - seenBefore;
      seenBefore = seen;
      const where = last === null ? 'nowhere yet' : `to ${nameOf(last.server)}`;
      const gap = lastGapMs === null ? 'no gap yet' : `last gap ${Math.round(lastGapMs)} ms`;
      // What the demo is about stays to be read; a busy machine has gaps of its own every second.
      const pause = changeMs === null ? gap : `no writes for ${Math.round(changeMs)} ms when the primary changed`;
      return `${seen} rows acknowledged, ${rate}/s ${where}, ${pause}`;
    },
  };
}

/** Prints lines; on a terminal the status line stays below them and is rewritten in place. */
export function createScreen(out: NodeJS.WriteStream) {
  let status = '';
  return {
    print(text: string): void {
      if (out.isTTY) out.write(`\r\x1b[K${text}\n${status}`);
      else out.write(`${text}\n`);
    },
    status(text: string): void {
      if (out.isTTY) out.write(`\r\x1b[K${text}`);
      else out.write(`${text}\n`);
      status = text;
    },
    /** Ends the status line. */
    end(): void {
      if (out.isTTY && status !== '') out.write('\n');
      status = '';
    },
  };
}
