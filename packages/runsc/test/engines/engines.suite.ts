// docker, podman and containerd with our runtime: whatever they print with runc, they print with it. (runsc tests)

import { mkdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, type Outcome } from '../sandbox.ts'
import { COMMANDS, type Command } from './commands.ts'
import { containerd } from './containerd.ts'
import { CONTAINERD_COMMANDS } from './containerd-commands.ts'
import { docker } from './docker.ts'
import { type Engine, type EngineKind, Place, type Runtime, script } from './engine.ts'
import { podman } from './podman.ts'
import { ROOTLESS_COMMANDS } from './rootless-commands.ts'
import { rootlessPodman } from './rootless-podman.ts'

const TIMEOUT_MS = 100_000
const FOR_PODMAN = COMMANDS.filter(({ only }) => only !== 'docker')
const KINDS: readonly [EngineKind, readonly Command[]][] = [
  [podman, FOR_PODMAN],
  [rootlessPodman, [...FOR_PODMAN, ...ROOTLESS_COMMANDS]],
  [docker, COMMANDS.filter(({ only }) => only !== 'podman')],
  [containerd, CONTAINERD_COMMANDS],
]

/** Whether this process has every capability that the host's kernel knows. */
function holdsAll(): boolean {
  const [, held = '0'] = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  const last = BigInt(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8').trim())
  return BigInt(`0x${held}`) === (1n << (last + 1n)) - 1n
}

for (const [kind, commands] of KINDS) {
  const missing = kind.needs.filter(program => !installed(program))
  if (missing.length === 0) missing.push(...kind.missing())
  const title = missing.length === 0 ? kind.name : `${kind.name} (needs ${missing.join(', ')})`
  describe.skipIf(missing.length > 0)(title, () => {
    let place: Place
    let engine: Engine
    beforeAll(async () => {
      place = new Place()
      engine = await kind.start(place)
    })
    afterAll(async () => {
      await engine?.stop()
      place?.remove()
    })

    /** What the script prints with a runtime, where names that contain the runtime's are equal. */
    async function outcome(runtime: Runtime, text: string, index: number): Promise<Outcome> {
      const name = `${runtime}-${index}`
      const directory = place.make(name)
      mkdirSync(directory, { recursive: true })
      const cleanUp = kind === containerd ? '' : '\n$E rm -f $C >/dev/null 2>&1; true'
      const names = `C='${name}'\nD='${directory}'\n`
      const { stdout, ...rest } = await script(
        `${engine.prelude(runtime)}${names}${text}${cleanUp}`,
        TIMEOUT_MS,
        engine.shell,
      )
      return { ...rest, stdout: stdout.replaceAll(name, 'NAME') }
    }

    const numbered = commands.map((command, index) => ({ ...command, index }))
    // runc cannot give a container what it does not have itself.
    const isBeyond = ({ isPrivileged }: Command) =>
      isPrivileged === true && kind.privileges === 'all' && !holdsAll()
    const obstacle = (command: Command) =>
      isBeyond(command) ? 'needs every capability' : command.unlike?.[kind.name]
    for (const command of numbered)
      if (obstacle(command)) it.skip(`${command.name} (${obstacle(command)})`, () => {})
    it.each(numbered.filter(command => !obstacle(command)))(
      '$name',
      async ({ script: text, index }) => {
        const [expected, ours] = await Promise.all([
          outcome('runc', text, index),
          outcome('runsc', text, index),
        ])
        const { stdout, status } = ours
        // stderr is shown when they differ: engines word their own complaints.
        expect({ stdout, status, stderr: stdout === expected.stdout ? '' : ours.stderr }).toEqual({
          ...expected,
          stderr: '',
        })
      },
    )
  })
}
