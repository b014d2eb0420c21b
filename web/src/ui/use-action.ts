import { useCallback, useState } from 'react';

export type ActionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'done'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Runs one action at a time and keeps how it went, so that no failure goes unseen. */
export function useAction(): readonly [ActionState, (run: () => Promise<string>) => void] {
  const [state, setState] = useState<ActionState>({ kind: 'idle' });
  const start = useCallback((run: () => Promise<string>) => {
    setState({ kind: 'busy' });
    run().then(
      (message) => setState({ kind: 'done', message }),
      (thrown: unknown) =>
        setState({ kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) }),
    );
  }, []);
  return [state, start];
}
