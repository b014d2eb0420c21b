import type { Logger } from '../ports.ts';

/** Closes all, one after another; one that fails is told of, and does not keep the others open. Never rejects. */
export async function closeAll(closers: readonly (() => Promise<void> | void)[], logger: Logger): Promise<void> {
  for (const close of closers) {
    try {
      await close();
    } catch (thrown) {
      logger.error({ err: thrown }, 'closing failed');
    }
  }
}
