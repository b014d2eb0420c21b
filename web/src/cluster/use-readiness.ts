import { useEffect, useState } from 'react';
import { createRefresher } from '../api/refresher.ts';
import type { ReadinessJson } from '../api/types.ts';
import { useServices } from '../ui/services.ts';

const DEBOUNCE_MS = 250;
/** The figures (time, loss) go on changing while the answer stays the same. */
const SLOW_REFRESH_MS = 5_000;

/** If the primary of this cluster died now, kept up to date by the live stream; null until known, or when the API does not tell. */
export function useReadiness(clusterName: string): ReadinessJson | null {
  const { api, fleetWatch } = useServices();
  const [readiness, setReadiness] = useState<ReadinessJson | null>(null);
  useEffect(() => {
    let isOpen = true;
    const refresher = createRefresher(async () => {
      const answer = await api
        .read<ReadinessJson>(`failover-readiness/${encodeURIComponent(clusterName)}`)
        .catch(() => null);
      if (isOpen) setReadiness(answer?.value ?? null);
    }, DEBOUNCE_MS);
    const stop = fleetWatch.onEvent((event) => {
      if (event === null || (event.kind === 'readiness' && event.clusterName === clusterName)) refresher.wish();
    });
    const slow = setInterval(() => refresher.wish(), SLOW_REFRESH_MS);
    refresher.wish();
    return () => {
      isOpen = false;
      stop();
      clearInterval(slow);
      refresher.close();
    };
  }, [api, fleetWatch, clusterName]);
  return readiness;
}
