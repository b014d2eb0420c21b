import { setTimeout as sleep } from 'node:timers/promises';
import { createStreamParser } from '../../web/src/api/sse.ts';

/** One event of the live stream, as far as the demo tells it. */
export interface Happening {
  readonly kind: 'explanation' | 'recovery-step' | 'recovery';
  readonly clusterName: string;
  readonly text: string;
}

type LiveData =
  | {
      readonly kind: 'explanation';
      readonly explanation: { readonly clusterName: string; readonly verdict: string; readonly sentence: string };
    }
  | { readonly kind: 'recovery-step'; readonly clusterName: string; readonly message: string }
  | { readonly kind: 'recovery'; readonly clusterName: string; readonly state: string }
  | { readonly kind: 'fleet' };

function happeningOf(data: LiveData): Happening | null {
  switch (data.kind) {
    case 'explanation': {
      const { clusterName, verdict, sentence } = data.explanation;
      return { kind: data.kind, clusterName, text: `${verdict}: ${sentence}` };
    }
    case 'recovery-step':
      return { kind: data.kind, clusterName: data.clusterName, text: data.message };
    case 'recovery':
      return { kind: data.kind, clusterName: data.clusterName, text: `recovery ${data.state}` };
    default:
      return null;
  }
}

/** Reads the live stream of an orchestrator until `signal` aborts, through breaks, and tells what happens as it happens. */
export async function followHappenings(
  url: string,
  signal: AbortSignal,
  tell: (happening: Happening) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/api/live`, { signal });
      const parse = createStreamParser();
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        for (const message of parse(piece)) {
          const happening = happeningOf(JSON.parse(message.data) as LiveData);
          if (happening !== null) tell(happening);
        }
      }
    } catch {
      // The stream ended, perhaps for good: the loop's condition knows.
    }
    await sleep(300, undefined, { signal }).catch(() => undefined);
  }
}
