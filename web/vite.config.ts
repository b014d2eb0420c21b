import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Addresses stay relative (base './'), so that one build serves under any URL prefix. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'api.html'].map((page) => join(import.meta.dirname, page)),
      // How long which plugin took tells an operator who builds on a busy machine nothing.
      checks: { bundlerTimings: false },
    },
  },
  server: { port: 5173, proxy: { '/api': process.env.ORCHESTRATOR_DEV_API ?? 'http://127.0.0.1:3000' } },
});
