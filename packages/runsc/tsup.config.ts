import { builtinModules } from 'node:module'
import { defineConfig } from 'tsup'

/** Everything of this repository is bundled in from source, so that unused parts drop out. */
const bundled = /^(?!koffi$)/

export default defineConfig([
  {
    entry: { cli: 'src/cli.ts' },
    format: 'esm',
    target: 'node20',
    splitting: true,
    clean: true,
    removeNodeProtocol: false,
    noExternal: [bundled],
    external: ['koffi', ...builtinModules, /^node:/],
    banner: {
      // commander is CommonJS and asks for node's modules.
      js: "import { createRequire as __createRequire } from 'node:module'\nconst require = __createRequire(import.meta.url)",
    },
    esbuildOptions(options) {
      options.conditions = ['tsvisor-source', 'node', 'import', 'module', 'default']
    },
  },
  { entry: { index: 'src/index.ts' }, format: 'esm', target: 'node20', dts: true },
])
