import type { LoadedConfig } from '../config/load.ts';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { Logger } from '../engine/ports.ts';
import { createReading } from '../engine/reading.ts';
import type { Reading } from '../engine/use-cases.ts';
import { resolverSettings } from './adapter-settings.ts';
import { openReadingStore } from './backend.ts';
import { readingSettings } from './reading-settings.ts';

/**
 * Opens the backend for one command that only reads. Beside compose.ts, since such a command takes as long as its modules take to load:
 * what this imports must not lead to planners, recoveries or connections to servers (scripts/bundle-server.mjs looks).
 * @throws OrchestratorError with what is wrong and what to do, e.g. `store-unopenable`.
 */
export async function composeReading(
  loaded: LoadedConfig,
  { logger, version }: { readonly logger: Logger; readonly version: string },
): Promise<Reading & { close(): Promise<void> }> {
  const clock = createSystemClock();
  const [{ createHostnameResolver }, { createSystemLookup }, store] = await Promise.all([
    import('../metadata/hostname-resolver.ts'),
    import('../metadata/hostname-lookup.ts'),
    openReadingStore(loaded, version),
  ]);
  logger.info({ backend: loaded.config.BackendDB, location: store.location }, 'backend opened');
  try {
    const resolver = createHostnameResolver(
      { store: store.resolve, lookup: createSystemLookup(), clock, logger },
      resolverSettings(loaded),
    );
    await resolver.load();
    const { answers, load } = createReading(
      { store, resolver, clock, logger },
      readingSettings(loaded, () => loaded),
    );
    await load();
    return {
      ...answers,
      async close() {
        await store.close().catch((thrown) => logger.error({ err: thrown }, 'closing failed'));
      },
    };
  } catch (thrown) {
    await store.close().catch(() => undefined);
    throw thrown;
  }
}
