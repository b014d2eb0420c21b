import type { FleetView } from '../../engine/use-cases.ts';
import { instanceJson } from '../../legacy/instance-json.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Answer } from '../answer.ts';
import type { RequestInfo } from '../route.ts';

/** The server a path means: its name resolved, then matched with the known ones. */
export const resolvedKey = (info: RequestInfo, params: { readonly host: string; readonly port: number }) =>
  info.services.orchestrator.resolveKey({ hostname: params.host, port: params.port });

/** The literal address of a path. */
export const literalKey = (params: { readonly host: string; readonly port: number }): InstanceKey => ({
  hostname: params.host,
  port: params.port,
});

/** A list of servers, encoded once per fleet version under this name. */
export function instanceList(
  info: RequestInfo,
  name: string,
  select: (fleet: FleetView, nowMs: number) => readonly ServerRecord[] | null,
): Answer {
  const { services } = info;
  const nowMs = services.clock.now();
  const fleet = services.orchestrator.fleet();
  return services.fleetCache.encoded(
    name,
    fleet.version,
    nowMs,
    () => select(fleet, nowMs)?.map((record) => instanceJson(record, { nowMs, settings: services.settings })) ?? null,
  );
}

/** The cluster a server belongs to. @throws OrchestratorError when there is none such. */
export async function clusterOf(info: RequestInfo, key: InstanceKey): Promise<string> {
  const { orchestrator } = info.services;
  return orchestrator.fleet().recordOf(key)?.position.clusterName ?? orchestrator.clusterNameByHint(formatKey(key));
}

/** The cluster of a path that historically took the literal name: that name, or else what the text hints at; as given when unknown. */
export async function clusterByNameOrHint(info: RequestInfo, text: string): Promise<string> {
  const { orchestrator } = info.services;
  if (orchestrator.fleet().recordsOfCluster(text).length > 0) return text;
  return orchestrator.clusterNameByHint(text).catch(() => text);
}

/** Who acts, for the record: the person logged in, else the user the program runs as. */
export const actor = (info: RequestInfo): string =>
  info.userId === '' ? info.services.settings.maintenanceOwner : info.userId;
