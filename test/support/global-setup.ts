import { execFileSync } from 'node:child_process';

/** The real program is tested as it is shipped: built once per run. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/bundle-server.mjs'], { stdio: 'inherit' });
}
