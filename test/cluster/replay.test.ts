import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ON_PURPOSE, purposeOf } from '../golden/replay/on-purpose.ts';
import { readApiRecording } from '../golden/replay/recording.ts';
import { type Finding, replay } from '../golden/replay/replay.ts';
import { replayTerminal } from '../golden/replay/replay-terminal.ts';
import { openScene, type Scene } from '../golden/replay/scene.ts';
import { BROUGHT_INTO_STATE } from '../golden/replay/segments.ts';
import { readTranscript } from '../golden/replay/transcript.ts';

/**
 * What the existing program answered on four MySQL servers, asked again of this one on four such servers: 150 requests of the API,
 * then the command line, then the client, in the recorded order. What differs stands in on-purpose.ts.
 */
describe('the recordings of the existing program', () => {
  let scene: Scene;
  const found: Finding[] = [];
  const isOnPurpose = (finding: Finding): boolean => purposeOf(ON_PURPOSE, finding) !== null;
  const unexplained = (findings: readonly Finding[]): readonly string[] => {
    found.push(...findings);
    return findings
      .filter((finding) => !isOnPurpose(finding))
      .map(({ at, get, path, recorded, answered }) => `#${at} ${get} ${path}: was ${recorded}, is ${answered}`);
  };
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene?.close());

  test('every request of the API is answered as recorded', async () => {
    const { program, cast } = scene;
    const options = { origin: program.url, cast, before: BROUGHT_INTO_STATE, isOnPurpose, settleMs: 20_000 };
    expect(unexplained(await replay(readApiRecording(), options))).toEqual([]);
  });

  test.each(['cli', 'client'] as const)('every command of the %s prints and ends as recorded', async (program) => {
    const options = { program, before: BROUGHT_INTO_STATE, isOnPurpose };
    expect(unexplained(await replayTerminal(readTranscript(program), scene, options))).toEqual([]);
  });

  test('every difference on purpose is there', () => {
    const used = new Set(found.map((finding) => purposeOf(ON_PURPOSE, finding)));
    expect(ON_PURPOSE.filter((line) => !used.has(line)).map(({ why }) => why)).toEqual([]);
  });
});
