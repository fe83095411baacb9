import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'

const CONDITIONS = ['tsvisor-source', 'node', 'import', 'module', 'default']

/** What the program is made of: with another hash it is another program. src/start/kept.ts */
function hashOfSources(): string {
  const packages = resolve('..')
  const sources = readdirSync(packages).flatMap(name =>
    readdirSync(`${packages}/${name}/src`, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts'))
      .map(path => `${packages}/${name}/src/${path}`),
  )
  const hash = createHash('sha256')
  for (const path of [
    ...sources.sort(),
    resolve('tsup.config.ts'),
    resolve('../../pnpm-lock.yaml'),
  ])
    hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 32)
}

/**
 * One CommonJS file for each kind of process, with everything but koffi in it, from source, so that
 * unused parts drop out. CommonJS because V8's code cache needs the script: see src/start/part.ts.
 */
const entry: Options = {
  // Few runs want the debug package: it lies beside the parts for those that do.
  entry: { cli: 'src/start/cli.ts', debug: 'node_modules/debug/src/index.js' },
  format: 'cjs',
  target: 'node20',
  splitting: false,
  removeNodeProtocol: false,
  noExternal: [/./],
  external: [...builtinModules, /^node:/],
  outExtension: () => ({ js: '.js' }),
  esbuildOptions(options) {
    options.conditions = CONDITIONS
    options.define = { BUILD: JSON.stringify(hashOfSources()) }
    options.alias = {
      koffi: resolve('src/start/koffi.ts'),
      'node:child_process': resolve('src/start/child-process.ts'),
    }
    // Constants in place of variables, and nothing to read that is not run. Names stay, and lines that
    // are short enough for whoever reads a stack.
    options.minifySyntax = true
    options.minifyWhitespace = true
    options.lineLimit = 160
    // vm.Script has no import().
    options.supported = { 'dynamic-import': false }
  },
  onSuccess: async () => declareType('dist', 'commonjs'),
}

/** The rest of the program; what each file holds is the wrapper of a module: see src/start/part.ts. */
const parts: Options = {
  ...entry,
  entry: {
    early: 'src/start/early.ts',
    schemas: 'src/start/schemas.ts',
    // A verb that is called often has a part of its own, which is read instead of all verbs.
    command: 'src/cli/part/command.ts',
    do: 'src/cli/part/do.ts',
    create: 'src/cli/part/create.ts',
    control: 'src/cli/part/control.ts',
    exec: 'src/cli/part/exec.ts',
    boot: 'src/boot/main.ts',
    gofer: 'src/gofer/main.ts',
  },
  banner: { js: '(function (module, require, __filename, __dirname) {' },
  footer: { js: '})' },
  esbuildPlugins: [
    {
      name: 'debug',
      setup: build =>
        build.onResolve({ filter: /^debug$/ }, () => ({ path: './debug.js', external: true })),
    },
  ],
  onSuccess: async () => makeExternal('dist/boot.js'),
}

/** Node copies a string that is longer than this to the C heap, any other one to V8's (EXTERN_APEX). */
const EXTERNAL_ABOVE = 0xfbee9

/** The C heap of the sandbox process has huge pages, V8's has not: spawn.ts. */
function makeExternal(path: string): void {
  const missing = EXTERNAL_ABOVE + 1 - statSync(path).size
  if (missing > 0) appendFileSync(path, `\n`.repeat(missing))
}

/** What Node is to take the .js files of a directory for, whatever the package says. */
const declareType = (directory: string, type: 'commonjs' | 'module') =>
  writeFileSync(`${directory}/package.json`, `${JSON.stringify({ type })}\n`)

export default defineConfig([
  entry,
  parts,
  {
    entry: { index: 'src/index.ts' },
    outDir: 'dist/library',
    format: 'esm',
    target: 'node20',
    dts: true,
    onSuccess: async () => declareType('dist/library', 'module'),
  },
])
