import { it } from 'vitest';
import { openScene, closeScene } from './no-failover-support.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
it('x', async () => {
  const scene = await openScene('mysql-5.6', { config: { CleanShutdownGraceSeconds: 2 } });
  const hogs = Array.from({ length: 8 }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  try {
   for (let i = 0; i < 3; i++) {
    await sleep(1000);
    const t = Date.now();
    void (async () => { for (;;) { await sleep(100); try { const st = await Promise.all([2,3].map(async (n) => (await scene.topology.server(n).replicaStatus())!)); console.log(Date.now() - t, st.map((s) => `${s.Slave_IO_Running} ${s.Last_IO_Errno}`).join()); } catch {} if (Date.now() - t > 1500) return; } })();
    const gone = scene.topology.primary.shutdown().then(() => console.log('gone', Date.now() - t));
    await sleep(4000);
    for (const l of scene.program.log()) if (Number(l.time) > t - 200 && Number(l.time) < t+ 3000) console.log(Number(l.time) - t, JSON.stringify({...l, time: undefined, level: undefined, uid: undefined}).slice(0, 260));
    await gone;
    await sleep(4000);
    break;
   }
  } finally { for (const h of hogs) h.kill('SIGKILL'); await closeScene(scene); }
}, 60000);
