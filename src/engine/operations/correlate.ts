import type { BinlogCoordinates } from '../../model/coordinates.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Step } from '../../plan/plan.ts';
import type { CorrelateOptions, PseudoGtid } from '../pseudo-gtid/answers.ts';

/** How a plan's `correlate` step is done: the two servers as last read, and the search by Pseudo-GTID, as asked; it ends with either signal. */
export const correlateFor =
  (
    deps: {
      readonly recordOf: (key: InstanceKey) => ServerRecord | null;
      readonly pseudoGtid: Pick<PseudoGtid, 'correlate'>;
    },
    stopped?: AbortSignal,
    search: Pick<CorrelateOptions, 'strict' | 'skipBinlogSearch'> = {},
  ) =>
  async (step: Step, destination: InstanceKey, given: AbortSignal): Promise<BinlogCoordinates | string> => {
    const [own, other] = [step.server, destination].map((key) => deps.recordOf(key)?.instance ?? null);
    if (own == null || other == null) return `${formatKey(own == null ? step.server : destination)} was never read`;
    const signal = stopped === undefined ? given : AbortSignal.any([stopped, given]);
    const found = await deps.pseudoGtid.correlate(own, other, { ...search, signal });
    return found.kind === 'matched' ? found.coordinates : found.reason;
  };
