import type { ApiClient } from './api.ts';
import type { ClientOptions } from './options.ts';

export interface ClientContext {
  readonly options: ClientOptions;
  readonly api: ApiClient;
}

export interface ClientCommand {
  readonly name: string;
  readonly description: string;
  /** The lines to print. */
  readonly run: (context: ClientContext) => Promise<readonly string[]>;
}

/** Most commands: ask for one path, print something of the answer. */
export const ask = (
  name: string,
  description: string,
  path: (options: ClientOptions) => string,
  lines: (answer: unknown, options: ClientOptions) => readonly string[],
): ClientCommand => ({
  name,
  description,
  run: async ({ api, options }) => lines(await api.get(path(options)), options),
});
