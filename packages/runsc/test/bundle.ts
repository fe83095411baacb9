// Bundles with busybox for the tests: one root filesystem, a config.json for each container. (runsc tests)

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultSpec, type Spec } from '@tsvisor/oci-spec'
import { type Outcome, type RunOptions, runsc } from './sandbox.ts'

const BUSYBOX = '/bin/busybox'

/** What the shared configuration is changed to for one container. */
export type Change = (spec: Spec & { process: NonNullable<Spec['process']> }) => void

/** Makes containers that share one root filesystem; `remove` it when the tests are over. */
export class Bundles {
  #directory: string | undefined
  #count = 0

  /** Made when it is first asked for: tests that are skipped leave nothing behind. */
  get directory(): string {
    if (this.#directory === undefined) {
      this.#directory = mkdtempSync(join(tmpdir(), 'runsc-bundle-'))
      this.#fill()
    }
    return this.#directory
  }
  get rootfs(): string {
    return join(this.directory, 'rootfs')
  }

  #fill(): void {
    for (const name of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin'])
      mkdirSync(join(this.rootfs, name), { recursive: true })
    copyFileSync(BUSYBOX, join(this.rootfs, 'bin/busybox'))
    // As `busybox --install -s`, without the root that chroot needs.
    const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n')
    for (const name of applets)
      if (name !== 'busybox') symlinkSync('/bin/busybox', join(this.rootfs, 'bin', name))
    writeFileSync(join(this.rootfs, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  }

  /** The path of a new bundle. Without changes: a shell in a writable root, no terminal. */
  make(change: Change = () => {}): string {
    const bundle = join(this.directory, `b${++this.#count}`)
    const spec = defaultSpec() as Parameters<Change>[0]
    spec.process.terminal = false
    spec.root = { path: this.rootfs, readonly: false }
    change(spec)
    mkdirSync(bundle)
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec))
    return bundle
  }

  /** Runs a shell script in a new container. */
  sh(script: string, change: Change = () => {}, options: RunOptions = {}): Outcome {
    return this.run(spec => {
      spec.process.args = ['sh', '-c', script]
      change(spec)
    }, options)
  }

  run(change: Change, options: RunOptions = {}): Outcome {
    return runsc(['run', this.make(change)], options)
  }

  runsc(...args: string[]): Outcome {
    return runsc(args)
  }

  remove(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true })
  }
}
