// runsc started by an ordinary user. Needs root, to become one. (runsc tests)

import { execFileSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bundles } from './bundle.ts'
import { isReachable } from './reachable.ts'
import { CLI, native, type Outcome } from './sandbox.ts'

const NOBODY = 65534
const asNobody = (...args: string[]): Outcome =>
  native(
    ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, CLI, ...args],
    {
      env: { HOME: '/', XDG_RUNTIME_DIR: '' },
    },
  )

describe.skipIf(process.getuid?.() !== 0 || !isReachable(CLI))('an ordinary user', () => {
  const bundles = new Bundles()
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runsc-user-'))
    execFileSync('chown', ['-R', '65534:65534', bundles.rootfs, directory])
    chmodSync(bundles.directory, 0o755)
    accessSync(bundles.rootfs, constants.X_OK)
    writeFileSync(join(directory, 'of-root'), '')
    writeFileSync(join(directory, 'secret'), '', { mode: 0o600 })
    mkdirSync(join(directory, 'closed'), { mode: 0o700 })
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
    bundles.remove()
  })

  it("do: is root inside with the rights of the user, whose files are root's", () => {
    const script = `cd "$0"; id -u; ls closed; cat secret; echo mine > made; mkdir dir; ln -s x link
      stat -c '%u:%g %F' made dir link of-root; chmod 640 made; chown 0:0 made; cat made
      chown 5:5 made; echo x > of-root; cat /etc/shadow; rm dir/x; rmdir dir; cat made`
    const { stdout, stderr, status } = asNobody(
      'do',
      '--volume',
      directory,
      'sh',
      '-c',
      script,
      directory,
    )
    expect(stdout.trimEnd().split('\n')).toEqual([
      '0',
      '0:0 regular file',
      '0:0 directory',
      '0:0 symbolic link',
      '0:0 regular empty file',
      'mine',
      'mine',
    ])
    expect(stderr.replace(/^.*: /gm, '').trimEnd().split('\n')).toEqual([
      'Permission denied',
      'Permission denied',
      'Operation not permitted',
      'Permission denied',
      'Permission denied',
      'No such file or directory',
    ])
    expect(status).toBe(0)
    const made = statSync(join(directory, 'made'))
    expect([made.uid, made.gid, made.mode & 0o777]).toEqual([NOBODY, NOBODY, 0o640])
  })

  const owned = `id -u; touch /tmp/f; mkdir /tmp/d; mkfifo /tmp/p; stat -c %u:%g /tmp/? /bin; rm -r /tmp/?`
  it.each([
    ['with maps', true],
    ['without', false],
  ])('run: the root of a bundle is the user, %s', (_, mapped) => {
    const bundle = bundles.make(spec => {
      spec.process.args = ['sh', '-c', owned]
      const map = [{ containerID: 0, hostID: NOBODY, size: 1 }]
      if (!mapped) return
      spec.linux!.namespaces!.push({ type: 'user' })
      spec.linux!.uidMappings = spec.linux!.gidMappings = map
    })
    const { stdout, stderr, status } = asNobody('run', bundle)
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toBe('0\n0:0\n0:0\n0:0\n0:0\n')
  })

  it("maps of root: numbers that have none are nobody's and cannot be given away", () => {
    writeFileSync(join(bundles.rootfs, 'usr/other'), '')
    const script = 'stat -c %u /bin /usr/other; chown 7 /bin; touch /new; stat -c %u /new; rm /new'
    const { stdout, stderr } = bundles.sh(script, spec => {
      const map = [{ containerID: 0, hostID: NOBODY, size: 5 }]
      spec.linux!.namespaces!.push({ type: 'user' })
      spec.linux!.uidMappings = spec.linux!.gidMappings = map
      const all: ('CAP_CHOWN' | 'CAP_DAC_OVERRIDE')[] = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE']
      spec.process.capabilities = { bounding: all, permitted: all, effective: all }
    })
    expect(stdout).toBe('0\n65534\n0\n')
    expect(stderr).toBe('chown: /bin: Invalid argument\n')
  })
})
