// What the tests of container engines need of one: started for them, with both runtimes. (runsc tests)

import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bundles } from '../bundle.ts'
import { pause } from '../processes.ts'
import { CLI, type Outcome } from '../sandbox.ts'

export type Runtime = 'runc' | 'runsc'

/** A container engine that runs, with an image `IMAGE` of busybox. */
export interface Engine {
  /**
   * Definitions for a script in sh: `E`, the engine's command line; `R`, the flags that choose the
   * runtime where a container is made; `I`, the image; `ROOTFS`, the directory that it was made of.
   */
  readonly prelude: (runtime: Runtime) => string
  /** What the scripts are run by: a command that takes `-c SCRIPT`. Default: sh. */
  readonly shell?: readonly string[]
  /** Ends it, and removes all that it made. */
  readonly stop: () => Promise<void>
}

/** Programs without which the engine cannot be tested. */
export interface EngineKind {
  readonly name: 'podman' | 'docker' | 'containerd' | 'rootless podman'
  readonly needs: readonly string[]
  /** What else is missing on this machine. */
  readonly missing: () => string[]
  /** What a privileged container gets: every capability that there is, or those that root has here. */
  readonly privileges: 'all' | 'held'
  readonly start: (place: Place) => Promise<Engine>
}

/** A temporary directory of an engine, with our runtime and an image's root filesystem in it. */
export class Place {
  readonly directory = mkdtempSync(join(tmpdir(), 'runsc-engine-'))
  /** Our runtime as an executable: engines take no arguments for one. */
  readonly runtime = join(this.directory, 'runsc')
  readonly #bundles = new Bundles()
  readonly rootfs = this.#bundles.rootfs
  /** The same as a tar archive. */
  readonly archive = join(this.directory, 'image.tar')
  #owner: number | undefined

  constructor() {
    const command = `exec '${process.execPath}' '${CLI}' "$@"`
    writeFileSync(this.runtime, `#!/bin/sh\n${command}\n`, { mode: 0o755 })
    const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'
    writeFileSync(join(this.rootfs, 'etc/passwd'), passwd)
    writeFileSync(join(this.rootfs, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
    sh(`chmod 1777 '${this.rootfs}/tmp' && tar -C '${this.rootfs}' -cf '${this.archive}' .`)
  }

  /** Makes it a user's, with all that comes. */
  giveTo(id: number): void {
    this.#owner = id
    sh(`chown -R ${id}:${id} '${this.directory}' '${this.#bundles.directory}'`)
  }

  /** A directory below, made. */
  make(name: string): string {
    const path = join(this.directory, name)
    mkdirSync(path, { recursive: true })
    if (this.#owner !== undefined) chownSync(path, this.#owner, this.#owner)
    return path
  }

  write(name: string, text: string): string {
    const path = join(this.directory, name)
    writeFileSync(path, text)
    return path
  }

  remove(): void {
    // An engine that was killed leaves mounts.
    sh(`grep -o ' ${this.directory}[^ ]*' /proc/mounts | sort -r | xargs -r umount -l || true`)
    rmSync(this.directory, { recursive: true })
    this.#bundles.remove()
  }
}

/** Of engines that only root can start. */
export const rootMissing = (): string[] => (process.getuid?.() === 0 ? [] : ['root'])

const SHELL = ['sh']

/** Runs a script to its end. Errors: Error with what it printed, when it fails. */
export function sh(script: string, shell: readonly string[] = SHELL): string {
  const [file, ...args] = [...shell, '-ec', script]
  const { status, stdout, stderr } = spawnSync(file!, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${script}: ${stderr || stdout}`)
  return stdout
}

/** Runs a script beside others. */
export function script(
  text: string,
  timeoutMs: number,
  shell: readonly string[] = SHELL,
): Promise<Outcome> {
  const [file, ...args] = [...shell, '-c', text]
  const child = spawn(file!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  return new Promise(resolve => {
    child.on('close', status => resolve({ stdout, stderr, status }))
  })
}

/** Starts an engine's daemon; resolves when `ready` succeeds. Returns what ends it. */
export async function daemon(
  place: Place,
  command: readonly string[],
  ready: string,
): Promise<() => Promise<void>> {
  const [file, ...args] = command
  const log = `${place.directory}/daemon.log`
  const text = `exec "$0" "$@" >'${log}' 2>&1`
  const child = spawn('sh', ['-c', text, file!, ...args], { stdio: 'ignore', detached: true })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await Promise.race([ended, pause(15_000)])
    child.kill('SIGKILL')
  }
  for (let i = 0; i < 100; i++) {
    if (spawnSync('sh', ['-c', ready], { stdio: 'ignore' }).status === 0) return stop
    if (child.exitCode !== null) break
    await pause(200)
  }
  await stop()
  throw new Error(`${file} does not start:\n${sh(`tail -n 20 '${log}'`)}`)
}
