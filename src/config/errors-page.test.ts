import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('docs/errors.md lists every code that config, metadata and outlet throw', () => {
  const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
  const codes = ['config', 'metadata', 'outlet'].flatMap((folder) =>
    readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .flatMap((name) => [
        ...readFileSync(join(ROOT, 'src', folder, name), 'utf8').matchAll(/new OrchestratorError\(\s*'([a-z-]+)'/g),
      ])
      .map((match) => match[1] ?? ''),
  );
  expect(new Set(codes).size).toBeGreaterThan(8);
  for (const code of new Set(codes)) expect(page, code).toContain(`\`${code}\``);
});
