import type { SeedVerdict } from './judge-seed.ts';
import type { SeedStepsSettings } from './seed-steps.ts';
import { SEED_WORDS } from './seed-words.ts';

/** The steps of an agreed seed in their order, in the words of its states; for dry runs. */
export function plannedSteps(
  { target, source, snapshot }: Extract<SeedVerdict, { kind: 'agreed' }>,
  { waitSecondsBeforeSend }: SeedStepsSettings,
): readonly string[] {
  const targetHost = target.record.hostname;
  const sourceHost = source.record.hostname;
  const isToMount = snapshot.kind === 'to-mount';
  return [
    ...(isToMount ? [SEED_WORDS.mount(snapshot.volume, sourceHost)] : []),
    SEED_WORDS.checkAgain(targetHost),
    SEED_WORDS.erase(targetHost),
    SEED_WORDS.room(targetHost),
    SEED_WORDS.receive(targetHost),
    SEED_WORDS.wait(targetHost, waitSecondsBeforeSend),
    SEED_WORDS.send(sourceHost, targetHost),
    SEED_WORDS.postCopy(targetHost),
    ...(isToMount ? [SEED_WORDS.unmount(sourceHost)] : []),
    SEED_WORDS.start(targetHost),
  ];
}
