/** A process that writes servers and recoveries into one SQLite file until it is killed; see store-sqlite-file.test.ts. */
import { createSqliteStore } from '../../../src/store/sqlite-store.ts';
import { STORE_SETTINGS } from './harness.ts';
import { PRIMARY, sampleRecord, sampleRecovery } from './samples.ts';

const file = process.argv[2] ?? '';
const store = await createSqliteStore({ ...STORE_SETTINGS, file });
for (let round = 0; ; round++) {
  const records = Array.from({ length: 300 }, (_, index) =>
    sampleRecord({ hostname: `r${round}-${index}`, port: 1 }, PRIMARY),
  );
  await store.servers.saveServers(records);
  await store.recoveries.registerRecovery(
    sampleRecovery(`u${round}`, { key: { hostname: `r${round}`, port: 1 }, clusterName: `c${round}` }),
  );
  process.stdout.write(`${round}\n`);
}
