import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', node: 'src/node/index.ts', cli: 'src/node/cli/main.ts' },
  format: 'esm',
  target: 'node20',
  dts: true,
  clean: true,
})
