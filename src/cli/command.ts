import type { Orchestrator, Reading } from '../engine/use-cases.ts';
import { OPERATION_SECTIONS } from '../legacy/operation-words.ts';
import type { CliDeps, CliSettings } from './deps.ts';
import type { ProgramFlags } from './flags.ts';

/** Chapters of the command listing, in its order. */
export const COMMAND_SECTIONS = [
  ...OPERATION_SECTIONS,
  'Operations under way',
  'Replication information',
  'Information',
  'Tags',
  'Pools',
  'Instance management',
  'Recovery',
  'Key-value',
  'Instance, meta',
  'Agent',
  'Meta',
] as const;
export type CommandSection = (typeof COMMAND_SECTIONS)[number];

/** What a command that only reads works with, for one server of its -i list. */
export interface ReadingContext {
  readonly flags: ProgramFlags;
  readonly settings: CliSettings;
  /** One server of -i, as written; '' when none was given. */
  readonly instanceText: string;
  readonly orchestrator: Reading;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly hostname: string;
  readonly username: string;
  /** Prints one line of the result. */
  readonly print: (line: string) => void;
  /** Tells people something beside the result (standard error). */
  readonly note: (line: string) => void;
}

/** What any other command on servers works with. */
export interface CommandContext extends ReadingContext {
  readonly orchestrator: Orchestrator;
}

interface CommandWords {
  readonly name: string;
  /** Other names, historic ones mostly. */
  readonly synonyms: readonly string[];
  readonly section: CommandSection;
  /** One sentence. */
  readonly description: string;
  /** How to call it, for `help <command>`. */
  readonly usage: string;
  /** It takes the list of -i as a whole, instead of being run once for each of it. */
  readonly takesList?: boolean;
  /** Opening the backend brings its tables up to date, whatever the configuration says. */
  readonly deploysSchema?: boolean;
}

type Run = (context: CommandContext) => Promise<void>;
type ReadingRun = (context: ReadingContext) => Promise<void>;

/** A command that answers from what the backend remembers. It is run without the rest of the engine, which takes its time to load. */
export interface ReadingCommand extends CommandWords {
  readonly needs: 'reading';
  readonly mutates: false;
  readonly run: ReadingRun;
}

/** A command that works on servers. One that changes something says beforehand, too, what it would change (--dry-run, -noop). */
export type EngineCommand = CommandWords & { readonly needs: 'orchestrator'; readonly run: Run } & (
    | { readonly mutates: false }
    | {
        readonly mutates: true;
        /** Prints what `run` would do; changes nothing. */
        readonly dryRun: Run;
      }
  );

/** A command that is about servers. */
export type ServerCommand = ReadingCommand | EngineCommand;

/** A command that needs the configuration only. */
export interface ConfigurationCommand extends CommandWords {
  readonly needs: 'configuration';
  readonly run: (context: Pick<ReadingContext, 'settings' | 'print'>) => Promise<void>;
}

/** A command that is a program of its own: it opens what it needs. */
export interface ProgramCommand extends CommandWords {
  readonly needs: 'program';
  /** @returns the exit code. */
  readonly run: (flags: ProgramFlags, deps: CliDeps) => Promise<number>;
}

export type CliCommand = ServerCommand | ConfigurationCommand | ProgramCommand;

/** A command as it is written; one with `dryRun` changes something. */
export interface CommandRow extends Omit<CommandWords, 'section' | 'synonyms'> {
  readonly synonyms?: readonly string[];
  readonly run: Run;
  readonly dryRun?: Run;
}

/** Makes the commands of one section: fills in what they have in common. */
export const serverCommandsOf =
  (section: CommandSection) =>
  ({ dryRun, synonyms = [], ...row }: CommandRow): EngineCommand => {
    const command = { ...row, synonyms, section, needs: 'orchestrator' as const };
    return dryRun === undefined ? { ...command, mutates: false } : { ...command, mutates: true, dryRun };
  };

/** The same for commands that only read. */
export const readingCommandsOf =
  (section: CommandSection) =>
  ({ synonyms = [], ...row }: Omit<CommandRow, 'run' | 'dryRun'> & { readonly run: ReadingRun }): ReadingCommand => ({
    ...row,
    synonyms,
    section,
    needs: 'reading',
    mutates: false,
  });
