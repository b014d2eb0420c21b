import { type ApiClientDeps, apiUrl, chooseApi, createApiClient } from './client/api.ts';
import type { ClientEnvironment } from './client/environment.ts';
import { asObject, asText, details } from './client/json.ts';
import { loginHeaders } from './client/login.ts';

/** A command to be run by the program at ORCHESTRATOR_API. */
export interface CommandThroughApi {
  readonly argv: readonly string[];
  /** Through the route that asks for authorization. */
  readonly needsAuthorization: boolean;
  readonly hostname: string;
  readonly username: string;
}

/** Runs a command through a running program; what it printed, and its exit code. */
export type ThroughApi = (
  command: CommandThroughApi,
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

/** Asks the program at the address of the environment, or of several the leader. @throws what the client throws. */
export function createThroughApi(environment: ClientEnvironment, deps: ApiClientDeps): ThroughApi {
  return async ({ argv, needsAuthorization: isGuarded, hostname, username }) => {
    const headers = loginHeaders({ auth: '', headersAuth: '' }, environment);
    const addresses = environment.api.split(/\s+/).filter((one) => one !== '');
    const api = createApiClient(apiUrl(await chooseApi(addresses, headers, deps)), headers, deps);
    const query = new URLSearchParams({ argv: JSON.stringify(argv), hostname, username });
    const result = asObject(details(await api.get(`${isGuarded ? 'command-action' : 'command'}?${query}`)));
    return { exitCode: Number(result.ExitCode), stdout: asText(result.Stdout), stderr: asText(result.Stderr) };
  };
}
