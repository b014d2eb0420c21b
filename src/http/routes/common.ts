import type { FleetView } from '../../engine/use-cases.ts';
import { instanceJson, instanceMoment } from '../../legacy/instance-json.ts';
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
  const { clock, fleetCache, orchestrator, settings } = info.services;
  const context = { nowMs: clock.now(), settings };
  const fleet = orchestrator.fleet();
  return fleetCache.encodedList(name, fleet.version, context.nowMs, () => select(fleet, context.nowMs), {
    moment: (record) => instanceMoment(record, context),
    shape: (record) => instanceJson(record, context),
  });
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
