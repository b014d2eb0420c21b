import { historicKeyText } from '../../legacy/key-json.ts';
import type { HookRunner } from '../ports.ts';
import type { AfterOperation } from './after-operation.ts';

const LIST = 'PostTakeMasterProcesses';

/**
 * PostTakeMasterProcesses, after a replica has taken the place of its source. Historic: no placeholders; $1 is the server that
 * is above now and $2 the one below it, `host:port` each, and ORC_SUCCESSOR_HOST and ORC_FAILED_HOST hold the same. A command
 * that fails ends the list, and is told in log and audit only.
 */
export const createTakeMasterHooks =
  (
    deps: { readonly hookRunner: HookRunner },
    settings: { readonly hookLists: Readonly<Record<typeof LIST, readonly string[]>> },
  ): AfterOperation =>
  async ({ request, end, audit }) => {
    const list = settings.hookLists[LIST];
    const [above, below] = end.plan.moved;
    if (request.kind !== 'take-master' || end.kind !== 'done' || list.length === 0) return [];
    if (above === undefined || below === undefined) return [];
    const [successor, demoted] = [historicKeyText(above), historicKeyText(below)];
    const result = await deps.hookRunner.run(list, {
      listName: LIST,
      placeholders: new Map(),
      environment: { ORC_SUCCESSOR_HOST: successor, ORC_FAILED_HOST: demoted },
      arguments: [successor, demoted],
      onCommand: audit,
    });
    if (result.kind === 'failed') audit(`${LIST} failed: ${result.message}`);
    return [];
  };
