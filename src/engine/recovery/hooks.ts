import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { HookSuccessor } from '../../legacy/hook-context.ts';
import { hookContext } from '../../legacy/hook-context.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { HookResult, HookRunner } from '../ports.ts';

export const HOOK_LISTS = [
  'OnFailureDetectionProcesses',
  'PreFailoverProcesses',
  'PostMasterFailoverProcesses',
  'PostIntermediateMasterFailoverProcesses',
  'PostFailoverProcesses',
  'PostUnsuccessfulFailoverProcesses',
  'PreGracefulTakeoverProcesses',
  'PostGracefulTakeoverProcesses',
  'PostTakeMasterProcesses',
] as const;
export type HookListName = (typeof HOOK_LISTS)[number];

export interface HookOccasion {
  readonly entry: AnalysisEntry;
  readonly uid: string;
  readonly command: string;
  readonly successor: HookSuccessor | null;
  readonly lost: readonly InstanceKey[];
  readonly audit: (message: string) => void;
}

export interface RecoveryHooks {
  run(listName: HookListName, occasion: HookOccasion): Promise<HookResult>;
}

/** The hook lists of the configuration, given the facts of a recovery. */
export function createRecoveryHooks(
  deps: {
    readonly hookRunner: HookRunner;
    /** Has what is known by now in the backend. Takes little time, never rejects. */
    keepUp(): Promise<void>;
  },
  settings: { readonly lists: Readonly<Record<HookListName, readonly string[]>>; readonly nodeHostname: string },
): RecoveryHooks {
  return {
    async run(listName, occasion) {
      const list = settings.lists[listName];
      if (list.length === 0) return { kind: 'succeeded' };
      // Hooks of the end may ask the command line, which reads the backend; before it nothing is waited for.
      if (listName.startsWith('Post')) await deps.keepUp();
      occasion.audit(`Running ${list.length} ${listName} hooks`);
      const { entry, uid, command, successor, lost } = occasion;
      const text = hookContext({
        listName,
        entry,
        command,
        recoveryUid: uid,
        nodeHostname: settings.nodeHostname,
        isSuccessful: successor !== null,
        successor,
        lost,
      });
      const result = await deps.hookRunner.run(list, { ...text, onCommand: occasion.audit });
      if (result.kind === 'failed') occasion.audit(`${listName} failed: ${result.message}`);
      return result;
    },
  };
}
