import type { ApiClient } from './api.ts';
import { dryRunLines, requireDryRun } from './dry-run.ts';
import type { ClientOptions } from './options.ts';

export interface ClientContext {
  readonly options: ClientOptions;
  readonly api: ApiClient;
}

export interface ClientCommand {
  readonly name: string;
  /** Other names, historic ones mostly. */
  readonly synonyms: readonly string[];
  /** It changes something; with --dry-run it only says what it would change. */
  readonly mutates: boolean;
  readonly description: string;
  /** A refusal is printed whole, as any other answer; otherwise only what details it gives. */
  readonly printsRefusals?: boolean;
  /** The lines to print. */
  readonly run: (context: ClientContext) => Promise<readonly string[]>;
}

type Path = (options: ClientOptions) => string;
type Lines = (answer: unknown, options: ClientOptions) => readonly string[];

/** Most commands: ask for one path, print something of the answer. */
export const ask = (name: string, description: string, path: Path, lines: Lines): ClientCommand => ({
  name,
  synonyms: [],
  mutates: false,
  description,
  run: async ({ api, options }) => lines(await api.get(path(options)), options),
});

/** The same for what changes something: with --dry-run the API is only asked what it would do. */
export const change = (
  name: string,
  description: string,
  path: Path,
  lines: Lines,
  synonyms: readonly string[] = [],
): ClientCommand => ({
  name,
  synonyms,
  mutates: true,
  description,
  run: async ({ api, options }) => {
    const wanted = path(options);
    if (!options.dryRun) return lines(await api.get(wanted), options);
    await requireDryRun(api, wanted);
    return dryRunLines(await api.get(`${wanted}${wanted.includes('?') ? '&' : '?'}dryRun=true`));
  },
});
