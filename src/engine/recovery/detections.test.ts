import { describe, expect, it, vi } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { parseKey } from '../../model/instance-key.ts';
import { createSystemClock } from '../basis/clock.ts';
import type { HookResult, RecoveryStore } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createDetections } from './detections.ts';

const entry = {
  code: 'DeadMaster',
  view: { key: parseKey('10.0.0.1:3306', 3306), clusterName: 'c', clusterAlias: '', replicas: [] },
} as unknown as AnalysisEntry;

describe('a failure detection that two notice at once', () => {
  it('lets neither go on before its hooks have ended', async () => {
    let isKnown = false;
    let end: (result: HookResult) => void = () => undefined;
    const ended = new Promise<HookResult>((resolve) => {
      end = resolve;
    });
    const detections = createDetections({
      store: { registerDetection: async () => ({ detectionId: 5, isNew: !isKnown }) } as unknown as RecoveryStore,
      hooks: {
        run() {
          isKnown = true;
          return ended;
        },
      },
      clock: createSystemClock(),
      logger: SILENT,
      onDetected: async () => undefined,
    });
    const watch = detections.detect(entry, 'a', false);
    await vi.waitFor(() => expect(isKnown).toBe(true), 4_000);
    let isOver = false;
    const recovery = detections.detect(entry, 'b', false).finally(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isOver).toBe(false);
    end({ kind: 'failed', command: 'x', message: 'exit code 1' });
    expect(await watch).toEqual({ detectionId: 5, mayGoOn: false });
    expect(await recovery).toEqual({ detectionId: 5, mayGoOn: false });
    expect(await detections.detect(entry, 'c', false)).toEqual({ detectionId: 5, mayGoOn: true });
  });
});

describe('a new failure detection', () => {
  it('is told to the changelog once, without waiting for it; one that a person ordered is not', async () => {
    const told: string[] = [];
    const detections = createDetections({
      store: { registerDetection: async () => ({ detectionId: 5, isNew: true }) } as unknown as RecoveryStore,
      hooks: { run: async () => ({ kind: 'succeeded' }) },
      clock: createSystemClock(),
      logger: SILENT,
      onDetected({ code }) {
        told.push(code);
        return new Promise(() => undefined);
      },
    });
    expect(await detections.detect(entry, 'a', false)).toEqual({ detectionId: 5, mayGoOn: true });
    await detections.detect(entry, 'b', false);
    expect(told).toEqual(['DeadMaster']);
    await detections.detect({ ...entry, code: 'DeadMasterAndReplicas' }, 'c', false, 'force-master-failover');
    expect(told).toEqual(['DeadMaster']);
  });
});
