import type { Manner } from '../plan/operations/request.ts';
import type { ProgramFlags } from './flags.ts';

type MannerFlags = Pick<ProgramFlags, 'skipUnresolve' | 'skipUnresolveCheck' | 'strict' | 'skipBinlogSearch'>;

/** -skip-unresolve, -skip-unresolve-check; -strict, -skip-binlog-search. */
export const mannerOf = (flags: MannerFlags): Manner => ({ ...nameUseOf(flags), ...searchOf(flags) });

function nameUseOf({ skipUnresolve, skipUnresolveCheck }: MannerFlags): Manner {
  if (skipUnresolve) return { ignoresVirtualNames: true };
  return skipUnresolveCheck ? { trustsVirtualNames: true } : {};
}

const searchOf = ({ strict, skipBinlogSearch }: MannerFlags): Manner =>
  strict || skipBinlogSearch ? { search: { strict, skipBinlogSearch } } : {};
