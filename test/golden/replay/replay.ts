import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type WireAnswer } from './ask.ts';
import { type Deviation, deviations } from './compare.ts';
import { isVolatile, withoutTimes } from './normalise.ts';
import type { Recorded } from './recording.ts';
import { type Cast, toReal, toRecorded } from './translate.ts';

/** A deviation with the request (or command) it belongs to; `at` is its place in the recording, from 0. */
export interface Finding extends Deviation {
  readonly at: number;
  readonly get: string;
}

export interface ReplayOptions {
  readonly origin: string;
  readonly cast: Cast;
  /** Made before the request on the left, to bring the topology into the recorded state. */
  readonly before: ReadonlyMap<string, string>;
  /** Is this deviation on purpose? A read is asked again until nothing else is left. */
  readonly isOnPurpose: (finding: Finding) => boolean;
  readonly settleMs: number;
}

/** Requests that change something are made once; everything else may be asked until the program has seen the change. */
const CHANGES =
  /^\/api\/(?:begin|end|tag|untag|register|set|stop|start|flush|purge|detach|reattach|skip|move|repoint|match|take|relocate|regroup|disable|enable|make|reset|forget|discover|snapshot|reload|ack|submit|grab|recover|graceful)[-/]|^\/api\/(?:snapshot-topologies|reload-configuration|ack-all-recoveries|grab-election)/;

/** One sample a second since the start: how many there are tells how long the program has run. */
const SAMPLES = /^\/api\/discovery-queue-metrics-raw\//;
const oneOf = (body: unknown): unknown => (Array.isArray(body) ? body.slice(0, 1) : body);

/** How an answer differs from the recorded one; both in the words of the recording. */
export function compareAnswer(recorded: Recorded, answer: WireAnswer, cast: Cast): readonly Deviation[] {
  const found: Deviation[] = [];
  const differ = (path: string, was: unknown, is: unknown): void => {
    if (was !== is) found.push({ path, kind: 'value', recorded: String(was), answered: String(is) });
  };
  differ('(status)', recorded.status, answer.status);
  differ('(content type)', recorded.type, answer.type);
  const text = withoutTimes(toRecorded(answer.text, cast));
  if (recorded.text !== undefined) differ('(text)', recorded.text, text);
  else {
    const cut = SAMPLES.test(recorded.get) ? oneOf : (body: unknown) => body;
    const was: unknown = JSON.parse(withoutTimes(JSON.stringify(recorded.body)));
    found.push(...deviations(cut(was), cut(parsed(text)), isVolatile));
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Makes the requests of a recording in order and gives every deviation, those on purpose too. */
export async function replay(recording: readonly Recorded[], options: ReplayOptions): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for (const [at, recorded] of recording.entries()) {
    const bring = options.before.get(recorded.get);
    if (bring !== undefined) await ask(options.origin, toReal(bring, options.cast));
    const giveUpAt = Date.now() + (CHANGES.test(recorded.get) ? 0 : options.settleMs);
    let found: readonly Finding[];
    for (;;) {
      const answer = await ask(options.origin, toReal(recorded.get, options.cast));
      found = compareAnswer(recorded, answer, options.cast).map((entry) => ({ at, get: recorded.get, ...entry }));
      if (found.every(options.isOnPurpose) || Date.now() >= giveUpAt) break;
      await sleep(50);
    }
    all.push(...found);
  }
  return all;
}
