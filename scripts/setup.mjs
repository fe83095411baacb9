#!/usr/bin/env node
// Makes a checkout usable: pnpm at the pinned version, the dependencies, the built command.
// Needs Node and npm, nothing else; everything goes below the checkout. Run: npm run setup

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const CACHE = join(ROOT, '.cache')
/** The built command. */
export const CLI = join(ROOT, 'packages/runsc/dist/cli.js')

/** A failure that needs no stack to be understood. */
export class SetupError extends Error {}

/** Runs a command in the checkout; its output is shown only when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', ...options })
  if (done.error) throw new SetupError(`${command}: ${done.error.message}`)
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`)
    throw new SetupError(`${[command, ...args].join(' ')}: exit status ${done.status}`)
  }
  return done.stdout ?? ''
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

export function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node 20.19 or later is needed, this is ${process.version}`)
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`Linux on x86-64 is needed, this is ${process.platform} ${process.arch}`)
  }
}

/**
 * The environment in which `pnpm` is the version that package.json pins: the one on the PATH when
 * it is that, else one that npm puts into .cache, which needs no rights. Tools that run below find
 * the same one, and ask nothing.
 */
export function pnpmEnvironment() {
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    npm_config_verify_deps_before_run: 'false',
  }
  const version = manifest.packageManager.replace(/^pnpm@/, '')
  const found = spawnSync('pnpm', ['--version'], { cwd: ROOT, encoding: 'utf8' })
  if (found.status === 0 && found.stdout.trim() === version) return env
  const home = join(CACHE, `pnpm-${version}`)
  const bin = join(home, 'node_modules/.bin')
  if (!existsSync(join(bin, 'pnpm'))) {
    console.log(`fetching pnpm ${version}`)
    mkdirSync(home, { recursive: true })
    const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
    run('npm', ['install', '--prefix', home, ...flags, `pnpm@${version}`], { cwd: home })
  }
  return { ...env, PATH: `${bin}${delimiter}${env.PATH}` }
}

/** Runs pnpm; see {@link run}. */
export const pnpm = args => run('pnpm', args, { env: { ...pnpmEnvironment(), CI: 'true' } })

/** Installs the dependencies as the lockfile has them. */
export function install() {
  console.log('installing dependencies')
  pnpm(['install', '--frozen-lockfile', '--prefer-offline'])
}

/** Builds the command; the packages below it are bundled in from source. */
export function buildCommand() {
  console.log('building runsc')
  pnpm(['--filter', '@tsvisor/runsc', 'run', 'build'])
  if (!existsSync(CLI)) throw new SetupError(`the build made no ${CLI}`)
}

/** Runs the main function of a script: its failures are one line each. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    console.error(error instanceof SetupError ? `error: ${error.message}` : error)
    process.exitCode = 1
  }
}

export const isMain = url => process.argv[1] === fileURLToPath(url)

if (isMain(import.meta.url)) {
  await main(() => {
    checkMachine()
    install()
    buildCommand()
    console.log(`ready: node ${CLI} do uname -a`)
  })
}
