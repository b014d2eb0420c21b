import type { Parts } from './loops.ts';
import type { OrchestratorDeps } from './orchestrator-deps.ts';
import type { OrchestratorSettings } from './orchestrator-settings.ts';

const SERVERS_TICK_MS = 2_000;
const INTENT_TICK_MS = 500;
const NODE_TICK_MS = 1_000;
const READINESS_TICK_MS = 1_000;
const MARKS_TICK_MS = 10_000;

/**
 * Starts what a process that only looks on does by itself (`-discovery=false`): it reads what other processes write to the backend,
 * and never asks a server.
 */
export async function startObserving(
  { store, logger }: Pick<OrchestratorDeps, 'store' | 'logger'>,
  parts: Pick<Parts, 'fleet' | 'persistence' | 'intentMirror' | 'pseudoGtid' | 'readiness' | 'ticks'>,
  { node }: Pick<OrchestratorSettings, 'node'>,
): Promise<void> {
  const { fleet, persistence, intentMirror, pseudoGtid, readiness, ticks } = parts;
  const beat = (): Promise<void> => store.nodes.beat({ ...node, command: 'http' });
  await beat();
  ticks.every('servers of the backend', SERVERS_TICK_MS, async () => {
    fleet.mirror(await store.servers.loadServers());
    persistence.remember();
  });
  ticks.every('intent', INTENT_TICK_MS, intentMirror.refresh);
  ticks.every('node', NODE_TICK_MS, beat);
  ticks.every('readiness', READINESS_TICK_MS, readiness.run);
  ticks.every('marked clusters', MARKS_TICK_MS, pseudoGtid.refresh);
  logger.info({}, 'looking on only: servers are neither polled nor recovered by this process');
}
