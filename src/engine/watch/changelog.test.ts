import { expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { createChangelog } from './changelog.ts';

const entryOf = (port: number, code: string, countReplicas: number): AnalysisEntry =>
  ({ code, view: { key: { hostname: 'a', port }, countReplicas } }) as unknown as AnalysisEntry;

it('changes of each source are written down once, and again when the store could not be told', async () => {
  const written: string[] = [];
  let isDown = false;
  const changelog = createChangelog({
    async recordAnalysisChange({ port }, analysis) {
      if (isDown) throw new Error('no backend');
      written.push(`${port} ${analysis}`);
    },
  });
  await changelog.note(entryOf(1, 'NoProblem', 2));
  await changelog.note(entryOf(1, 'NoProblem', 2));
  await changelog.note(entryOf(2, 'DeadMasterWithoutReplicas', 0));
  isDown = true;
  await expect(changelog.note(entryOf(1, 'DeadMaster', 2))).rejects.toThrow('no backend');
  isDown = false;
  await changelog.note(entryOf(1, 'DeadMaster', 2));
  await changelog.note(entryOf(1, 'NoProblem', 2));
  expect(written).toEqual(['1 NoProblem', '1 DeadMaster', '1 NoProblem']);
});
