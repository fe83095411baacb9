// That the layering check finds what it forbids, and that this repository passes it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findViolations, LAYERS } from '../layering.mjs'

let root
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layering-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function check(files) {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, 'packages', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    const manifest = join(root, 'packages', path.split('/')[0], 'package.json')
    if (!path.endsWith('package.json')) writeFileSync(manifest, '{}')
  }
  return findViolations(root).map(line => line.replace(/^packages\//, ''))
}

const forbidden = [
  ['abi/src/a.ts', "import { readFileSync } from 'node:fs'", 'a pure package imports node:fs'],
  ['abi/src/a.ts', "import fs from 'fs'", 'imports fs'],
  [
    'abi/src/a.ts',
    "import type { Kernel } from '@tsvisor/sentry-kernel'",
    'imports @tsvisor/sentry-kernel',
  ],
  ['abi/src/a.ts', "type K = import('@tsvisor/host').Fd", 'imports @tsvisor/host'],
  ['p9/src/a.ts', "export * from '@tsvisor/abi'", 'imports @tsvisor/abi'],
  ['p9/src/a.ts', "const m = await import('koffi')", 'imports koffi'],
  ['p9/src/deep/a.ts', "const m = await import('ko' + 'ffi')", 'imports a computed name'],
  ['sentry-kernel/src/a.ts', "import '@tsvisor/host'", 'imports @tsvisor/host'],
  [
    'sentry-kernel/src/a.ts',
    "import '../../host/src/index.ts'",
    'reaches out of its package: ../../host/src/index.ts',
  ],
  ['sentry-kernel/src/a.ts', 'const now = Date.now()', 'a pure package uses Date'],
  ['sentry-kernel/src/a.ts', 'const die = Math.random()', 'a pure package uses Math.random'],
  ['gofer/src/a.ts', "import koffi from 'koffi'", 'imports koffi'],
  ['gofer/src/a.ts', "const koffi = require('koffi')", 'imports koffi'],
  ['gofer/src/a.ts', "import '@tsvisor/sentry-kernel'", 'imports @tsvisor/sentry-kernel'],
  ['platform-ptrace/src/a.ts', "import '@tsvisor/runsc'", 'imports @tsvisor/runsc'],
  ['p9/src/a.ts', "import './node/listen.ts'", 'a file below the edge imports ./node/listen.ts'],
  [
    'runsc/src/container/a.ts',
    "import type { Verb } from '../cli/verb.ts'",
    'a file below the edge imports ../cli/verb.ts',
  ],
  ['runsc/src/boot/a.ts', "import '../cli.ts'", 'a file below the edge imports ../cli.ts'],
  ['runsc/src/container/a.ts', "import { Command } from 'commander'", 'imports commander'],
  // No edge: its name only begins like one.
  [
    'runsc/src/client/a.ts',
    "import '../cli/verb.ts'",
    'a file below the edge imports ../cli/verb.ts',
  ],
]
for (const [file, text, what] of forbidden) {
  it(`${file.split('/')[0]}: ${text}`, () => {
    expect(check({ [file]: `// first line\n${text}\n` })).toEqual([`${file}:2: ${what}`])
  })
}

it('a dependency in package.json, and a package that is not in the table', () => {
  expect(
    check({
      'abi/package.json': '{"dependencies":{"koffi":"1"}}',
      'other/package.json': '{}',
    }),
  ).toEqual([
    'abi/package.json: depends on koffi',
    'other: not in the table of scripts/layering.mjs',
  ])
})

it('allows what the table allows', () => {
  expect(
    check({
      'host/src/a.ts':
        "import koffi from 'koffi'\nimport '@tsvisor/abi'\nimport 'node:fs'\nDate.now()",
      'oci-spec/src/a.ts': "import 'zod/mini'\nimport './b.ts'",
      'p9/src/node/a.ts': "import 'node:fs'\nimport 'commander'\nimport '../wire.ts'",
      'runsc/src/cli/a.ts': "import 'commander'\nimport './verb.ts'\nimport '../container/b.ts'",
      'runsc/src/start/command.ts': "import type * as part from '../cli/part/command.ts'",
      'sentry-kernel/src/fs/a.ts': "import '../b.ts'\nconst clock = { Date: 1 }\nclock.Date",
    }),
  ).toEqual([])
})

it('this repository has no violation, and no import cycle between packages', () => {
  expect(findViolations(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
  const below = (name, seen = []) => {
    expect(seen).not.toContain(name)
    for (const next of LAYERS[name].own) below(next, [...seen, name])
  }
  for (const name of Object.keys(LAYERS)) below(name)
})
