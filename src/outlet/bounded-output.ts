import type { Redactor } from './redact.ts';

export interface BoundedOutput {
  add(chunk: Uint8Array): void;
  /** What was written last, redacted, with a first line that tells how much before it is left out. */
  text(): string;
}

/** Keeps the last `limitBytes` bytes of what a process writes, however much that is: the end is where errors stand. */
export function createBoundedOutput(limitBytes: number, redactor: Redactor): BoundedOutput {
  const chunks: Uint8Array[] = [];
  let keptBytes = 0;
  let droppedBytes = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      keptBytes += chunk.length;
      for (let first = chunks[0]; first && keptBytes - first.length >= limitBytes; first = chunks[0]) {
        chunks.shift();
        keptBytes -= first.length;
        droppedBytes += first.length;
      }
    },
    text() {
      const kept = Buffer.concat(chunks);
      const last = kept.subarray(Math.max(0, kept.length - limitBytes));
      const leftOut = droppedBytes + kept.length - last.length;
      if (leftOut === 0) return redactor.redact(last.toString('utf8'));
      // The cut may run through a secret, of which the rest would not be found.
      const safe = redactor.redact(last.toString('utf8')).slice(redactor.longestSecret);
      return `[the first ${leftOut} bytes are left out]\n${safe}`;
    },
  };
}
