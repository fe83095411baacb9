#!/usr/bin/env node
// Checks everything: format and lint, layering, types, unused code, and every test. Run: npm test
// Arguments are handed to vitest. With CI=true a test that is skipped counts as a failure.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  buildCommand,
  CACHE,
  checkMachine,
  install,
  isMain,
  main,
  pnpmEnvironment,
  ROOT,
} from './setup.mjs'
import { prepareTestPrograms } from './test-programs.mjs'

const CHECKS = [
  { name: 'format and lint', args: ['biome', 'check', '.'] },
  { name: 'layering', args: ['node', 'scripts/layering.mjs'] },
  { name: 'types', args: ['turbo', 'run', 'typecheck', '--output-logs=errors-only'] },
  { name: 'unused code', args: ['knip', '--no-config-hints'] },
  { name: 'builds', args: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  { name: 'packages, installed and used', args: ['node', 'scripts/pack-check.mjs'] },
]

/** Runs a tool of the workspace with its output shown. */
const tool = (args, env = {}) =>
  spawnSync('pnpm', ['exec', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...pnpmEnvironment(), ...env },
  })

/** Calls back with a folder for temporary files, for any user; returns the names of what is left in it. */
function leftIn(use) {
  const folder = mkdtempSync(join(tmpdir(), 'tsvisor-'))
  chmodSync(folder, 0o1777)
  try {
    use(folder)
    // tsx keeps there what it has compiled.
    return readdirSync(folder).filter(name => !name.startsWith('tsx-'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runVitest(args) {
  const report = join(CACHE, 'test-report.json')
  mkdirSync(CACHE, { recursive: true })
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  let status
  const left = leftIn(folder => {
    status = tool(['vitest', 'run', ...reporters, ...args], { TMPDIR: folder }).status
  })
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: [], left }
  const { testResults, numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
  const skipped = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(test => test.status !== 'passed' && test.status !== 'failed')
      .map(test => ({ group: [name.replace(ROOT, ''), ...test.ancestorTitles], name: test.title })),
  )
  // A file that cannot be loaded has no tests that could fail.
  const broken = testResults.filter(
    file =>
      file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  ).length
  const failed = numFailedTests + broken
  return {
    passed: numPassedTests,
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped,
    left,
  }
}

/** One line a test; where a group has many, they share one. */
function describeSkipped(tests) {
  const groups = new Map()
  for (const { group, name } of tests) {
    const key = group.join(': ')
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  return [...groups].flatMap(([group, names]) => {
    if (names.length <= 5) return names.map(name => `${group}: ${name}`)
    return [`${group}: ${names.length} tests, ${names[0]} … ${names.at(-1)}`]
  })
}

function listLoudly(title, lines, count = lines.length) {
  if (count === 0) return
  console.log(`\n${title} (${count}):`)
  for (const line of lines) console.log(`  ${line}`)
}

if (isMain(import.meta.url)) {
  await main(() => {
    checkMachine()
    install()
    buildCommand()
    const missing = prepareTestPrograms()
    const failedChecks = CHECKS.filter(({ name, args }) => {
      console.log(`\n== ${name}`)
      return tool(args).status !== 0
    }).map(check => check.name)
    console.log('\n== tests')
    const tests = runVitest(process.argv.slice(2))

    listLoudly('NOT ON THIS MACHINE, tests that need them are skipped', missing)
    listLoudly('SKIPPED', describeSkipped(tests.skipped), tests.skipped.length)
    if (tests.left.length > 0) failedChecks.push('nothing left in TMPDIR')
    listLoudly('LEFT IN TMPDIR by tests', tests.left)
    listLoudly('FAILED CHECKS', failedChecks)
    const strict = process.env.CI === 'true' || process.env.CI === '1'
    if (strict && tests.skipped.length > 0) console.log('\nCI: a skipped test is a failure')
    const passed = tests.passed + CHECKS.length + 1 - failedChecks.length
    const failed = tests.failed + failedChecks.length
    console.log(`\n${passed} passed, ${failed} failed, ${tests.skipped.length} skipped`)
    return failed > 0 || (strict && tests.skipped.length > 0) ? 1 : 0
  })
}
