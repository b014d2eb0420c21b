import { defineConfig } from 'vitest/config';

const shared = { environment: 'node' as const };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          // No module keeps state, so files may share what they import: a third less time.
          isolate: false,
          maxWorkers: 2,
          // What ends by itself may take long on a busy machine; what hangs is found all the same.
          testTimeout: 30_000,
          include: [
            'src/**/*.test.ts',
            'lab/**/*.test.ts',
            'test/{contract,golden,house,simulator}/**/*.test.ts',
            'web/**/*.test.{ts,tsx}',
          ],
        },
      },
      {
        // Real servers, real processes, a real browser: they mostly wait, so two files run side by side; more would starve each other.
        test: {
          ...shared,
          name: 'cluster',
          globalSetup: ['test/support/global-setup.ts'],
          include: ['test/{cluster,e2e}/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
