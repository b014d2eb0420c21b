import { describe, expect, it } from 'vitest';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import type { Logger, MisfitServer, ServerStore } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet } from './fleet.ts';
import { createPersistence } from './persistence.ts';

const [A, B] = ['a:3306', 'b:3306'];

/** A fleet of two servers and what is written of it. `refuse`: the next write fails. `misfits`: those that the backend cannot hold. */
function scene() {
  const clock = createStillClock(1_000);
  const writes: string[] = [];
  const state = {
    refuse: false,
    misfits: [] as readonly MisfitServer[],
    meanwhile: (): void => undefined,
    whileForgetting: async (): Promise<void> => undefined,
  };
  const note = (kind: string) => async (records: readonly ServerRecord[]) => {
    if (state.refuse) throw new Error('locked');
    state.meanwhile();
    writes.push(`${kind} ${records.map(({ key }) => formatKey(key)).join()}`);
  };
  const warnings: string[] = [];
  const logger: Logger = {
    ...SILENT,
    warn: (fields, message) => warnings.push(`${JSON.stringify(fields)} ${message}`),
  };
  const store = {
    async saveServers(records: readonly ServerRecord[]) {
      await note('save')(records);
      const names = records.map(({ key }) => formatKey(key));
      return state.misfits.filter(({ key }) => names.includes(formatKey(key)));
    },
    touchServers: note('touch'),
    async forgetServer(key: InstanceKey) {
      await state.whileForgetting();
      writes.push(`forget ${formatKey(key)}`);
      return true;
    },
  } as Partial<ServerStore> as ServerStore;
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const persistence = createPersistence({ fleet, store, clock, logger }, { touchMs: 5_000 });
  for (const name of [A, B]) fleet.answered(instanceOf(name));
  return {
    fleet,
    persistence,
    state,
    /** Reads a server again after so many milliseconds. */
    answers(name: string, afterMs: number) {
      clock.pass(afterMs);
      fleet.answered(instanceOf(name));
    },
    /** What was written since the last question. */
    written: () => writes.splice(0),
    /** What the log warned of since the last question. */
    warnings: () => warnings.splice(0),
  };
}

describe('what an operation brought about', () => {
  it('is written when it ends, also where a flush was under way before; a backend that refuses holds nothing up', async () => {
    const { fleet, persistence, state, written } = scene();
    state.meanwhile = () => {
      state.meanwhile = () => undefined;
      fleet.answered(instanceOf(A, { isReadOnly: true }));
    };
    const underWay = persistence.flush();
    await persistence.keepUp();
    await underWay;
    expect(written()).toEqual([`save ${A},${B}`, `save ${A}`]);
    await persistence.keepUp();
    expect(written()).toEqual([]);
    state.refuse = true;
    fleet.answered(instanceOf(A, { isReadOnly: false }));
    await persistence.keepUp();
    expect(written()).toEqual([]);
  });
});

describe('what a recovery begins on', () => {
  it('is written if it never was, and only then; a backend that refuses holds nothing up', async () => {
    const { persistence, state, written } = scene();
    const [a, b] = [parseKey(A, 3306), parseKey(B, 3306)];
    state.refuse = true;
    await persistence.keep([b]);
    expect(written()).toEqual([]);
    state.refuse = false;
    await persistence.keep([a]);
    expect(written()).toEqual([`save ${A},${B}`]);
    await persistence.keep([a, b, parseKey('c:3306', 3306)]);
    expect(written()).toEqual([]);
  });
});

describe('writing what changed', () => {
  it('writes whole rows once, then only times, of those that were checked, once per interval', async () => {
    const { persistence, answers, written } = scene();
    await persistence.flush();
    expect(written()).toEqual(['save a:3306,b:3306']);
    answers(A, 1_000);
    await persistence.flush();
    expect(written()).toEqual([]);
    answers(A, 4_000);
    await persistence.flush();
    expect(written()).toEqual(['touch a:3306']);
  });

  it('writes whole rows again now and then, a few at a time: another process may have written what is no longer so', async () => {
    const { persistence, answers, written } = scene();
    await persistence.flush();
    expect(written()).toEqual(['save a:3306,b:3306']);
    for (let touches = 1; touches <= 11; touches += 1) {
      answers(A, 2_500);
      answers(B, 2_500);
      await persistence.flush();
      expect(written()).toEqual(['touch a:3306,b:3306']);
    }
    const later: string[][] = [];
    for (let touches = 1; touches <= 3; touches += 1) {
      answers(A, 2_500);
      answers(B, 2_500);
      await persistence.flush();
      later.push(written());
    }
    expect(later).toEqual([['save a:3306', 'touch b:3306'], ['save b:3306', 'touch a:3306'], ['touch a:3306,b:3306']]);
  });

  it('writes whole rows anew that are gone from the store', async () => {
    const { persistence, written } = scene();
    await persistence.flush();
    persistence.restore([parseKey(B, 3306)]);
    written();
    await persistence.flush();
    await persistence.flush();
    expect(written()).toEqual(['save b:3306']);
  });

  it('leaves alone what the store holds until it is looked at', async () => {
    const { fleet, persistence, answers, written } = scene();
    persistence.remember();
    await persistence.flush();
    expect(written()).toEqual([]);
    answers(B, 5_000);
    await persistence.flush();
    fleet.failed(parseKey(A, 3306), 'no answer', false);
    await persistence.close();
    expect(written()).toEqual(['touch b:3306', 'save a:3306']);
  });

  it('tries again what the store refused, times included', async () => {
    const { persistence, answers, written, state } = scene();
    persistence.remember();
    answers(A, 5_000);
    state.refuse = true;
    await persistence.flush();
    expect(persistence.failure()).toBe('locked');
    state.refuse = false;
    await persistence.flush();
    expect([persistence.failure(), written()]).toEqual([null, ['touch a:3306']]);
  });

  it('writes at the end what came during a flush, without waiting for the interval', async () => {
    const { persistence, answers, written, state } = scene();
    state.meanwhile = () => {
      state.meanwhile = () => undefined;
      answers(B, 10);
    };
    void persistence.flush();
    await persistence.close();
    expect(written()).toEqual(['save a:3306,b:3306', 'touch b:3306']);
  });

  it('writes a server in full again that was forgotten while it was being written and is discovered anew', async () => {
    const { fleet, persistence, answers, written, state } = scene();
    let forgotten: Promise<void> | null = null;
    state.meanwhile = () => {
      state.meanwhile = () => undefined;
      fleet.forget(parseKey(B, 3306));
      forgotten = persistence.forget(parseKey(B, 3306));
    };
    await persistence.flush();
    await forgotten;
    expect(written()).toEqual(['save a:3306,b:3306', 'forget b:3306']);
    answers(B, 10);
    await persistence.flush();
    expect(written()).toEqual(['save b:3306']);
  });

  it('writes a server once more that was discovered anew and written while its old row was being deleted', async () => {
    const { persistence, answers, written, state } = scene();
    await persistence.flush();
    state.whileForgetting = async () => {
      answers(B, 10);
      await persistence.flush();
    };
    await persistence.forget(parseKey(B, 3306));
    answers(B, 10);
    await persistence.flush();
    expect(written()).toEqual(['save a:3306,b:3306', 'save b:3306', 'forget b:3306', 'save b:3306']);
  });
});

describe('a server with a value that the backend cannot hold', () => {
  const misfit = { key: parseKey(A, 3306), reason: "Data too long for column 'x' at row 1" };

  it('is told once, is no failure of the backend, and is tried again when it changes, not at each flush', async () => {
    const { fleet, persistence, state, answers, written, warnings } = scene();
    state.misfits = [{ ...misfit, isSaved: false }];
    await persistence.flush();
    expect([persistence.failure(), written()]).toEqual([null, [`save ${A},${B}`]]);
    expect(warnings()).toEqual([expect.stringMatching(/a:3306.*Data too long.*its row stays as it was/)]);

    // Its row is missing, and its times would say that the old one holds.
    persistence.restore([misfit.key]);
    answers(A, 5_000);
    answers(B, 0);
    await persistence.flush();
    await persistence.flush();
    expect(written()).toEqual([`touch ${B}`]);

    fleet.answered(instanceOf(A, { isReadOnly: true }));
    await persistence.flush();
    expect([written(), warnings(), persistence.failure()]).toEqual([[`save ${A}`], [], null]);

    state.misfits = [];
    fleet.answered(instanceOf(A, { isReadOnly: false }));
    await persistence.flush();
    answers(A, 5_000);
    await persistence.flush();
    expect(written()).toEqual([`save ${A}`, `touch ${A}`]);
    state.misfits = [{ ...misfit, isSaved: false }];
    fleet.answered(instanceOf(A, { isReadOnly: true }));
    await persistence.flush();
    expect(warnings()).toHaveLength(1);
  });

  it('is touched like any other when it was written without that value', async () => {
    const { persistence, state, answers, written, warnings } = scene();
    state.misfits = [{ ...misfit, isSaved: true }];
    await persistence.flush();
    answers(A, 5_000);
    await persistence.flush();
    expect(written()).toEqual([`save ${A},${B}`, `touch ${A}`]);
    expect(warnings()).toEqual([expect.stringContaining('without it')]);
  });
});
