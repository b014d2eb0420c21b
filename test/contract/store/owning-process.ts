/** A process that owns a recovery in an SQLite file until it is killed: owning-process.ts <file> <owner>; see store-owners.test.ts. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSqliteStore } from '../../../src/store/sqlite-store.ts';
import { STORE_SETTINGS } from './harness.ts';
import { sampleIntent } from './samples.ts';

const [file = '', owner = ''] = process.argv.slice(2);
const store = await createSqliteStore({ ...STORE_SETTINGS, file, owner });
await store.recoveries.saveIntent(sampleIntent('of another process', 1, { owner }));
setTimeout(() => {
  // Nothing refers to the store any more: its locks must stay all the same.
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
  setTimeout(() => process.stdout.write('owns\n'), 100);
}, 100);
setInterval(() => undefined, 60_000);
