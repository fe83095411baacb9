import { defineConfig } from 'vitest/config'

const conditions = ['tsvisor-source', 'node', 'import', 'module', 'default']

/** Of the tests' own processes: each control connection that they have open is a thread's to read. */
process.env['UV_THREADPOOL_SIZE'] = '32'

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/test/**/*.test.ts',
      'docs/test/**/*.test.ts',
      'scripts/test/**/*.test.mjs',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
