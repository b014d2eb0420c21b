import { expect, it } from 'vitest';
import type { Logger } from '../ports.ts';
import { closeAll } from './close-all.ts';

it('what cannot be closed keeps nothing else open, is told of, and the order holds', async () => {
  const [closed, told]: [string[], unknown[]] = [[], []];
  const logger = { error: ({ err }: { err: unknown }) => void told.push(err) } as unknown as Logger;
  const [away, broken] = [new Error('the backend is away'), new Error('broken')];
  const late = async (): Promise<void> => {
    await Promise.resolve();
    closed.push('recoveries');
  };
  await closeAll(
    [
      () => Promise.reject(away),
      late,
      () => {
        throw broken;
      },
      () => void closed.push('store'),
    ],
    logger,
  );
  expect(closed).toEqual(['recoveries', 'store']);
  expect(told).toEqual([away, broken]);
});
