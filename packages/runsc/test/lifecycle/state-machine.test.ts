// Every verb in every state: what is allowed, what is said where not, and what runc makes of it. (runsc tests)

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed } from '../sandbox.ts'
import { Containers, LOOP, RUNSC } from './containers.ts'

type State = 'none' | 'created' | 'running' | 'paused' | 'stopped'
const STATES: readonly State[] = ['none', 'created', 'running', 'paused', 'stopped']

const VERBS = {
  create: ['create', '-b', 'BUNDLE', 'c'],
  start: ['start', 'c'],
  state: ['state', 'c'],
  exec: ['exec', 'c', 'true'],
  ps: ['ps', 'c'],
  'kill 0': ['kill', 'c', '0'],
  'kill CONT': ['kill', 'c', 'CONT'],
  'kill --all': ['kill', '--all', 'c', 'CONT'],
  pause: ['pause', 'c'],
  resume: ['resume', 'c'],
  update: ['update', '--pids-limit', '500', 'c'],
  events: ['events', '--stats', 'c'],
  delete: ['delete', 'c'],
  'delete --force': ['delete', '--force', 'c'],
} as const
type VerbName = keyof typeof VERBS

const NONE = /^runsc: container does not exist: "c"\n$/
const EXISTS = /^runsc: container with given ID already exists: "c"\n$/
const NOT_RUNNING = /^runsc: container not running\b/
const NOT_PAUSED = /^runsc: container is not paused\b/
const NOT_STOPPED = /^runsc: cannot delete container "c" that is not stopped: (running|paused); /

/** `ok`, or what is said. In the order of STATES. */
const TABLE: Readonly<Record<VerbName, readonly ('ok' | RegExp)[]>> = {
  create: ['ok', EXISTS, EXISTS, EXISTS, EXISTS],
  start: [
    NONE,
    'ok',
    /^runsc: cannot start an already running container/,
    /^runsc: cannot start an already running container/,
    /^runsc: cannot start a container that has stopped\n$/,
  ],
  state: [NONE, 'ok', 'ok', 'ok', 'ok'],
  exec: [
    NONE,
    'ok',
    'ok',
    /^runsc: cannot exec in a paused container/,
    /^runsc: cannot exec in a stopped container\n$/,
  ],
  ps: [NONE, 'ok', 'ok', 'ok', 'ok'],
  'kill 0': [NONE, 'ok', 'ok', 'ok', NOT_RUNNING],
  'kill CONT': [NONE, 'ok', 'ok', 'ok', NOT_RUNNING],
  'kill --all': [NONE, 'ok', 'ok', 'ok', 'ok'],
  pause: [NONE, NOT_RUNNING, 'ok', NOT_RUNNING, NOT_RUNNING],
  resume: [NONE, NOT_PAUSED, NOT_PAUSED, 'ok', NOT_PAUSED],
  update: [NONE, 'ok', 'ok', 'ok', NOT_RUNNING],
  events: [NONE, 'ok', 'ok', 'ok', NOT_RUNNING],
  delete: [NONE, 'ok', NOT_STOPPED, NOT_STOPPED, 'ok'],
  'delete --force': ['ok', 'ok', 'ok', 'ok', 'ok'],
}

/** What the container is afterwards, where it is not what it was. */
const AFTER: { readonly [V in VerbName]?: Partial<Record<State, State>> } = {
  create: { none: 'created' },
  start: { created: 'running' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  delete: { created: 'none', stopped: 'none' },
  'delete --force': { created: 'none', running: 'none', paused: 'none', stopped: 'none' },
}

/** Where runc 1.1 does otherwise, and why we do not follow. */
const UNLIKE_RUNC: Readonly<Record<string, string>> = {
  'pause created': 'the specification has no way from created to paused',
  'kill --all paused': 'runc resumes the container for it',
}

class Walk {
  readonly containers: Containers
  readonly #bundle: string
  #now: State = 'none'

  constructor(runtime: readonly string[]) {
    this.containers = new Containers(runtime)
    this.#bundle = this.containers.bundle(LOOP)
  }

  async to(state: State): Promise<void> {
    if (this.#now === state) return
    const { containers } = this
    await containers.ok('delete', '--force', 'c')
    if (state !== 'none') await containers.ok('create', '-b', this.#bundle, 'c')
    if (state === 'running' || state === 'paused') await containers.ok('start', 'c')
    if (state === 'paused') await containers.ok('pause', 'c')
    if (state === 'stopped') {
      await containers.ok('kill', 'c', 'KILL')
      await containers.until('c', 'stopped')
    }
    this.#now = state
  }

  async try(verb: VerbName, state: State) {
    await this.to(state)
    const args = VERBS[verb].map(arg => (arg === 'BUNDLE' ? this.#bundle : arg))
    const outcome = await this.containers.run(...args)
    this.#now = AFTER[verb]?.[state] ?? state
    return outcome
  }

  get expected(): State {
    return this.#now
  }
}

/** An ordinary user can rarely make the cgroup that has the limits. */
const isRoot = process.getuid!() === 0
const isPossible = ([verb, , expected]: (typeof cells)[number]): boolean =>
  isRoot || verb !== 'update' || expected !== 'ok'

const cells = STATES.flatMap((state, column) =>
  Object.entries(TABLE).map(([verb, row]) => [verb as VerbName, state, row[column]!] as const),
)

describe('runsc', () => {
  let walk: Walk
  beforeAll(() => void (walk = new Walk(RUNSC)))
  afterAll(() => walk.containers.remove())

  it.skip.each(cells.filter(cell => !isPossible(cell)))('(root) %s, %s', () => {})
  it.each(cells.filter(isPossible))('%s, %s', async (verb, state, expected) => {
    const { stderr, status } = await walk.try(verb, state)
    if (expected === 'ok') expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    else {
      expect(stderr).toMatch(expected)
      // As runc.
      expect(status).toBe(verb === 'exec' ? 255 : 1)
    }
    expect((await walk.containers.stateOf('c'))?.status ?? 'none').toBe(walk.expected)
  })
})

const hasRunc = isRoot && installed('runc')
describe.skipIf(!hasRunc)('runc (root, runc installed)', () => {
  let walk: Walk
  beforeAll(() => void (walk = new Walk(['runc'])))
  afterAll(() => walk.containers.remove())

  it.each(cells)('%s, %s', async (verb, state, expected) => {
    if (UNLIKE_RUNC[`${verb} ${state}`] !== undefined) return walk.to('none')
    const { status } = await walk.try(verb, state)
    expect(status === 0).toBe(expected === 'ok')
  })
})
