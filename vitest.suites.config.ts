import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** What takes long, or other programs' daemons: `npm run test:engines`, `npm run test:soak`. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['packages/*/test/**/*.suite.ts'], testTimeout: 600_000 } }),
)
