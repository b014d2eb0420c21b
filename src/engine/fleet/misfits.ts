import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { Logger, MisfitServer } from '../ports.ts';

/** The servers that the backend cannot hold as they are; each is told in the log once, until it fits again. */
export function createMisfits(logger: Logger) {
  const isSavedByName = new Map<string, boolean>();
  return {
    /** These servers were to be written, and those of them did not fit. */
    note(records: readonly { readonly key: InstanceKey }[], misfits: readonly MisfitServer[]): void {
      const names = new Map(misfits.map((misfit) => [formatKey(misfit.key), misfit]));
      for (const name of records.map(({ key }) => formatKey(key))) {
        const misfit = names.get(name);
        if (misfit === undefined) isSavedByName.delete(name);
        else if (isSavedByName.get(name) !== misfit.isSaved) {
          isSavedByName.set(name, misfit.isSaved);
          const end = misfit.isSaved ? 'it is written without it' : 'its row stays as it was';
          logger.warn(
            { server: name, reason: misfit.reason },
            `a server has a value that the backend cannot hold; ${end}`,
          );
        }
      }
    },
    /** The backend does not hold what is known of it. */
    isUnsaved: (name: string): boolean => isSavedByName.get(name) === false,
    forget(name: string): void {
      isSavedByName.delete(name);
    },
  };
}
