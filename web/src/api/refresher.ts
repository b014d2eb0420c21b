/**
 * Calls `run` some time after it was asked to, never twice at once, and never so often that the page chokes on a big cluster:
 * a wish waits `debounceMs`, and after a run that took t the next one begins no sooner than 3·t later.
 */
export function createRefresher(
  run: () => Promise<void>,
  debounceMs: number,
  nowMs: () => number = () => performance.now(),
): { wish(): void; close(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  let isWished = false;
  let isClosed = false;
  let notBeforeMs = 0;

  function schedule(): void {
    if (isClosed || isRunning || timer !== undefined) return;
    timer = setTimeout(() => void go(), Math.max(debounceMs, notBeforeMs - nowMs()));
  }
  async function go(): Promise<void> {
    timer = undefined;
    isRunning = true;
    isWished = false;
    const startMs = nowMs();
    try {
      await run();
    } finally {
      isRunning = false;
      notBeforeMs = nowMs() + 3 * (nowMs() - startMs);
      if (isWished) schedule();
    }
  }
  return {
    wish() {
      isWished = true;
      schedule();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
