import type { Store } from '../../../src/engine/ports.ts';
import type { StoreSettings } from '../../../src/store/create-store.ts';

/** One backend under test: emptied before each test, opened as often as a test wants. */
export interface StoreHarness {
  /** Drops everything the backend holds. */
  wipe(): Promise<void>;
  /** Opens a store on the backend, as one more process would. */
  open(settings?: Partial<StoreSettings>): Promise<Store>;
  /** Runs plain SQL beside the store, as an operator or a script would. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** SQL of the time so many seconds ago, in the backend's own words. */
  ago(seconds: number): string;
  close(): Promise<void>;
}

export const STORE_SETTINGS: StoreSettings = {
  version: '1.2.3',
  skipDatabaseUpdate: false,
  panicIfDifferentDatabaseDeploy: false,
  node: { hostname: 'node-a', token: 'token-a' },
  periodBlockSeconds: 3600,
  detectionPeriodBlockSeconds: 3600,
  blockedExpirySeconds: 2,
  auditToBackendDb: true,
  auditPurgeDays: 7,
  candidateExpireMinutes: 60,
  hostnameResolveExpireMinutes: 60,
  poolExpireMinutes: 60,
  accessTokenUseSeconds: 60,
  accessTokenExpireMinutes: 1440,
};

/** What a test body gets; stores opened by it are closed after the test. */
export interface Backend {
  open(settings?: Partial<StoreSettings>): Promise<Store>;
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  ago(seconds: number): string;
}
