import type { OperationPreviewJson } from '../../legacy/operation-preview.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { Plan } from '../../plan/plan.ts';
import { renderPlan } from '../render-plan.ts';
import { renderPreview } from '../render-preview.ts';
import type { ApiClient } from './api.ts';
import { asList, asObject, asText, details } from './json.ts';

/**
 * Makes sure, before anything is asked of a path, that the server knows what a dry run is: one that does not would act.
 * @throws OrchestratorError `api-no-dry-run`, `api-no-such-route`.
 */
export async function requireDryRun(api: ApiClient, path: string): Promise<void> {
  const first = path.split(/[/?]/)[0] ?? '';
  const { paths } = asObject(await api.get('openapi.json'));
  const routes = Object.entries(asObject(paths)).filter(([route]) => route.split('/')[2] === first);
  const knows = routes.every(([, route]) =>
    asList(asObject(asObject(route).get).parameters).some((one) => asObject(one).name === 'dryRun'),
  );
  if (knows) return;
  throw new OrchestratorError(
    'api-no-dry-run',
    `the server at ${api.baseUrl} knows no dry run of ${first}; nothing was asked of it`,
  );
}

/** What a dry run answered, for people: an operation's plan with statements and topologies, a recovery's plan, or one sentence. */
export function dryRunLines(answer: unknown): readonly string[] {
  const found = asObject(details(answer));
  if ('steps' in found && 'before' in found) return renderPreview(found as unknown as OperationPreviewJson);
  if (asList(found.stages).length > 0) return renderPlan(found as unknown as Plan);
  return [asText(asObject(answer).Message)];
}
