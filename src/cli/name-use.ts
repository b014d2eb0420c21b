import type { NameUse } from '../plan/operations/request.ts';
import type { ProgramFlags } from './flags.ts';

/** -skip-unresolve, -skip-unresolve-check. */
export function nameUseOf({ skipUnresolve, skipUnresolveCheck }: ProgramFlags): NameUse {
  if (skipUnresolve) return { ignoresVirtualNames: true };
  return skipUnresolveCheck ? { trustsVirtualNames: true } : {};
}
