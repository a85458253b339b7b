import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The console's files, for a page whose policy is `default-src 'self'`: nothing inline, nothing as a data: URL, nothing from elsewhere. */
export default defineConfig({
  root: here('.'),
  base: './',
  // src/address.ts asks Node whether a text is an address; a browser has nobody to ask.
  resolve: { alias: { 'node:net': here('node-net.ts') } },
  // Not by NODE_ENV: the page of a development build names the folder it was built in.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  build: {
    outDir: here('../../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
