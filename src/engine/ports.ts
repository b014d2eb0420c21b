/** What the engine needs from the world. Adapters live in mysql/, store/, outlet/, leadership/; the simulator implements Servers too. */
export * from './ports/agents.ts';
export * from './ports/forget-store.ts';
export * from './ports/kv.ts';
export * from './ports/operation-store.ts';
export * from './ports/people-store.ts';
export * from './ports/recovery-store.ts';
export * from './ports/servers.ts';
export * from './ports/silence-store.ts';
export * from './ports/store.ts';
export * from './ports/surroundings.ts';
