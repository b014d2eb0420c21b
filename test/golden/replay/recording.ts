import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request and what the existing program answered to it; `text` instead of `body` where the answer was no JSON. */
export interface Recorded {
  readonly get: string;
  readonly status: number;
  readonly type: string;
  readonly body?: unknown;
  readonly text?: string;
}

/** The requests of the API recording, in the order in which they were made. */
export function readApiRecording(): readonly Recorded[] {
  return readFileSync(join(import.meta.dirname, 'api.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded);
}
