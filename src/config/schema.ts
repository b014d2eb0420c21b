import { agentKeys, pseudoGtidKeys } from './keys/agents.ts';
import { backendKeys, raftKeys } from './keys/backend.ts';
import { candidateKeys, classificationKeys, poolKeys } from './keys/classification.ts';
import { discoveryKeys, discoveryTuningKeys, resolveKeys } from './keys/discovery.ts';
import { auditKeys, generalKeys } from './keys/general.ts';
import type { KeySpec, KeyTable, ValueOf } from './keys/key-spec.ts';
import { graphiteKeys, hookKeys, keyValueKeys } from './keys/outlets.ts';
import { recoveryKeys, semiSyncKeys } from './keys/recovery.ts';
import { serverKeys } from './keys/servers.ts';
import { authenticationKeys, tlsKeys, webKeys } from './keys/web.ts';

/** All keys of the configuration, by name: the one place that knows type, default and meaning. */
export const CONFIG_KEYS = {
  ...generalKeys,
  ...auditKeys,
  ...serverKeys,
  ...backendKeys,
  ...raftKeys,
  ...discoveryKeys,
  ...discoveryTuningKeys,
  ...resolveKeys,
  ...classificationKeys,
  ...candidateKeys,
  ...poolKeys,
  ...recoveryKeys,
  ...semiSyncKeys,
  ...hookKeys,
  ...webKeys,
  ...authenticationKeys,
  ...tlsKeys,
  ...keyValueKeys,
  ...graphiteKeys,
  ...pseudoGtidKeys,
  ...agentKeys,
} as const satisfies KeyTable;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** The configuration after loading: every key has a value, checked and adjusted; frozen. */
export type Config = { readonly [K in ConfigKey]: ValueOf<(typeof CONFIG_KEYS)[K]> };

export interface KeyGroup {
  readonly title: string;
  readonly keys: KeyTable;
}

/** The keys in chapters, as the documentation shows them. */
export const KEY_GROUPS: readonly KeyGroup[] = [
  { title: 'Log', keys: generalKeys },
  { title: 'Access to servers', keys: serverKeys },
  { title: 'Backend', keys: backendKeys },
  { title: 'Discovery', keys: discoveryKeys },
  { title: 'Host names', keys: resolveKeys },
  { title: 'Classification', keys: classificationKeys },
  { title: 'Promotion rules', keys: candidateKeys },
  { title: 'Recovery', keys: recoveryKeys },
  { title: 'Semi-sync', keys: semiSyncKeys },
  { title: 'Hooks', keys: hookKeys },
  { title: 'Web and API', keys: webKeys },
  { title: 'Authentication', keys: authenticationKeys },
  { title: 'HTTPS', keys: tlsKeys },
  { title: 'Audit', keys: auditKeys },
  { title: 'Key-value stores', keys: keyValueKeys },
  { title: 'Several nodes', keys: raftKeys },
  { title: 'Pools', keys: poolKeys },
  { title: 'Graphite', keys: graphiteKeys },
  { title: 'Pseudo-GTID', keys: pseudoGtidKeys },
  { title: 'Agents', keys: agentKeys },
  { title: 'Tuning of the discovery', keys: discoveryTuningKeys },
];

/** What is known of a key; undefined when there is no such key. */
export function specOf(key: string): KeySpec | undefined {
  return Object.hasOwn(CONFIG_KEYS, key) ? CONFIG_KEYS[key as ConfigKey] : undefined;
}
