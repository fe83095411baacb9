// --walls: what happens where the host does not let all of them be raised. (runsc tests)

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CLI, native } from './sandbox.ts'

/** The command where it may make no namespaces. */
const withoutNamespaces = (...args: string[]) =>
  native([
    ...['unshare', '-Ur', 'sh', '-c'],
    'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all "$@"',
    ...['sh', process.execPath, CLI, ...args],
  ])

const isPossible = native(['unshare', '-Ur', 'true']).status === 0

describe.skipIf(!isPossible)('without namespaces (needs one itself)', () => {
  it('runs, with a warning in the log', () => {
    const directory = mkdtempSync(join(tmpdir(), 'runsc-walls-'))
    const log = join(directory, 'log')
    const { status, stderr } = withoutNamespaces('--log', log, 'do', 'true')
    const logged = readFileSync(log, 'utf8')
    rmSync(directory, { recursive: true })
    expect(status).toBe(0)
    expect(logged).toMatch(/level=warning msg="the sandbox process has no namespaces of its own: /)
    expect(stderr).toContain('runsc: warning: the gofer has no namespaces of its own: ')
  })

  it('is refused where all walls are required', () => {
    const { stderr, status } = withoutNamespaces('--walls', 'required', 'do', 'true')
    expect(status).toBe(128)
    expect(stderr).toMatch(
      /--walls required: the (sandbox process|gofer) has no namespaces of its own: /,
    )
  })

  it('while with them nothing is missing', () => {
    expect(native([process.execPath, CLI, '--walls', 'required', 'do', 'true']).status).toBe(0)
  })
})
