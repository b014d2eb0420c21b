import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { describeStoreContract } from './store/contract.ts';
import { STORE_SETTINGS } from './store/harness.ts';

describeStoreContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'store-sqlite-'));
  const openEngine = await loadSqliteEngine(process.versions.node);
  let count = 0;
  let file = join(folder, 'first.sqlite');
  return {
    async wipe() {
      file = join(folder, `${count++}.sqlite`);
    },
    open: (settings) => createSqliteStore({ ...STORE_SETTINGS, ...settings, file }),
    async sql(text) {
      const connection = openEngine(file);
      try {
        connection.exec('pragma busy_timeout = 5000');
        return connection.prepare(text).all();
      } finally {
        connection.close();
      }
    },
    ago: (seconds) => `datetime('now', '${-seconds} seconds')`,
    async close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
