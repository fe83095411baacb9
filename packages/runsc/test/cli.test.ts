// The command line: flags, verbs, messages and exit codes, before any sandbox runs. (runsc tests)

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultSpec, validateConfig } from '@tsvisor/oci-spec'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadBundle } from '../src/bundle/load-bundle.ts'
import { normalizeGlobalFlags } from '../src/cli/global-options.ts'
import { makeProgram } from '../src/cli/program.ts'
import { VERBS } from '../src/cli/verbs.ts'
import { planFromBundle } from '../src/container/spec-plan.ts'
import { VERSION } from '../src/version.ts'
import { idleSession } from './session.ts'

const SOURCE = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../package.json', import.meta.url))

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'runsc-cli-'))))
afterEach(() => rmSync(dir, { recursive: true }))

function runsc(...args: string[]) {
  const node = ['--conditions=tsvisor-source', '--import', import.meta.resolve('tsx'), SOURCE]
  const { stdout, stderr, status } = spawnSync(process.execPath, [...node, ...args], {
    cwd: dir,
    encoding: 'utf8',
  })
  return { stdout, stderr, status }
}

describe('messages', () => {
  const cases: [string[], string][] = [
    [['--bogus'], "unknown option '--bogus'"],
    [['--roo', 'x'], "unknown option '--roo' (Did you mean --root?)"],
    [['bogus'], "unknown command 'bogus'"],
    [['do'], "missing required argument 'command'"],
    [
      ['--platform', 'kvm', 'do', 'ls'],
      "option '--platform <name>' argument 'kvm' is invalid. Allowed choices are ptrace.",
    ],
    [['--network', 'host', 'do', 'ls'], '--network host: not supported yet; use --network none'],
    [['do', '--root', '/nonexistent', 'ls'], '/nonexistent: no such file or directory (--root)'],
    [['do', '--user', 'me', 'ls'], '--user me: expected UID or UID:GID, both numbers'],
    [['do', '--env', 'x', 'ls'], '--env x: expected NAME=value'],
    [['do', '--volume', '/nonexistent', 'ls'], '--volume /nonexistent: no such file or directory'],
    [['run', 'no/such'], 'no/such: no bundle there: it has no config.json'],
    [
      ['run', '-b', '.', 'a b'],
      'invalid container id "a b": expected letters, digits and "_+-." only',
    ],
    [
      ['--log', '/nonexistent/log', 'do', 'ls'],
      '--log /nonexistent/log: no such file or directory',
    ],
  ]
  for (const [args, message] of cases) {
    it(`runsc ${args.join(' ')}`, () => {
      expect(runsc(...args)).toEqual({ stdout: '', stderr: `runsc: ${message}\n`, status: 128 })
    })
  }

  it('a bundle that is none, and one with mistakes', () => {
    const path = join(dir, 'config.json')
    expect(runsc('run', 'c1').stderr).toBe(
      `runsc: ${path}: no such file or directory; is this the directory of a bundle?\n`,
    )
    writeFileSync(path, '{\n "a" 1 }')
    expect(runsc('run', 'c1').stderr).toBe(
      `runsc: ${path}: not valid JSON: line 2, column 6: expected ':', found "1"\n`,
    )
    const spec = defaultSpec()
    spec.process!.cwd = 'home'
    spec.process!.args = []
    writeFileSync(path, JSON.stringify(spec))
    expect(runsc('--log', 'log', '--log-format=json', 'run', '.')).toEqual({
      stdout: '',
      stderr: `runsc: ${path}: process.cwd: expected an absolute path, found string "home"\n`,
      status: 128,
    })
    expect(JSON.parse(readFileSync(join(dir, 'log'), 'utf8'))).toMatchObject({
      level: 'error',
      msg: expect.stringContaining('process.cwd'),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
  })

  it('a root filesystem that is missing, and a mount source', () => {
    writeFileSync(join(dir, 'config.json'), JSON.stringify(defaultSpec()))
    expect(runsc('run', 'c1').stderr).toBe(
      `runsc: ${dir}/rootfs: no such file or directory (root.path in config.json)\n`,
    )
    mkdirSync(join(dir, 'rootfs'))
    const spec = defaultSpec()
    spec.mounts!.push({ destination: '/x', type: 'bind', source: 'gone' })
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec))
    expect(runsc('run', 'c1').stderr).toBe(
      `runsc: ${dir}/gone: no such file or directory (mounts[7].source in config.json)\n`,
    )
  })
})

it('fails with 1 where its exit status is never that of a program, with 255 in exec', () => {
  for (const [status, ...args] of [
    [1, 'start', 'nobody'],
    [1, 'run', '-d', '-b', '/nonexistent', 'nobody'],
    [255, 'exec', 'nobody', 'true'],
  ] as const)
    expect(runsc(...args).status).toBe(status)
})

describe('output', () => {
  it('--version says what engines look for, and agrees with the package', () => {
    expect(runsc('--version').stdout).toMatch(/^runsc version \d+\.\d+\.\d+\nspec: 1\.2\.\d\n/)
    expect(JSON.parse(readFileSync(PACKAGE, 'utf8')).version).toBe(VERSION)
  })

  it('help has examples for every verb', () => {
    const program = makeProgram(idleSession, VERBS)
    const shown = program.commands.filter(command => command.name() !== 'exec-monitor')
    for (const command of [program, ...shown]) {
      let help = ''
      command.configureOutput({ writeOut: text => void (help += text) })
      command.outputHelp()
      expect(help).toMatch(/Examples:\n.*\brunsc /)
    }
  })

  it('is the same for a command line that names its verb, and declares no other', () => {
    const names = makeProgram(idleSession, VERBS).commands.map(command => command.name())
    expect(names).toContain('list')
    for (const name of names.filter(name => name !== 'completion')) {
      const { commands } = makeProgram(idleSession, VERBS, ['--root', '/x', name, 'c1'])
      expect(commands.map(command => command.name())).toEqual([name])
    }
    const complete = [['completion', 'bash'], ['run', '--help'], ['help', 'list'], ['strat']]
    for (const args of complete)
      expect(makeProgram(idleSession, VERBS, args).commands).toHaveLength(names.length)
    const named = makeProgram(idleSession, VERBS, ['--root', 'run', 'list']).commands
    expect(named.map(command => command.name())).toEqual(['run', 'list'])
  })

  it('spec writes a valid starter configuration, once', () => {
    expect(runsc('spec')).toEqual({ stdout: '', stderr: '', status: 0 })
    const written = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'))
    expect(validateConfig(written).spec).toEqual(defaultSpec())
    expect(runsc('spec').stderr).toBe('runsc: config.json: file exists; remove it first\n')
    mkdirSync(join(dir, 'b'))
    expect(runsc('spec', '--rootless', '-b', 'b').status).toBe(0)
    expect(readFileSync(join(dir, 'b/config.json'), 'utf8')).toContain('"uidMappings"')
  })
})

describe('flags', () => {
  /** Parses a command line of `do`; its action is replaced. */
  function parse(...args: string[]) {
    const program = makeProgram(idleSession, VERBS)
    const verb = program.commands.find(command => command.name() === 'do')!
    let command: string[] = []
    verb.action((words: string[]) => void (command = words))
    program.parse(normalizeGlobalFlags(args, program), { from: 'user' })
    return { command, options: verb.opts(), globals: program.opts() }
  }

  it("the guest's are passed through untouched", () => {
    const guest = ['sh', '-c', 'x', '--root', '/y', '--', '-e', '--help', '--debug=true', '']
    expect(parse('do', ...guest).command).toEqual(guest)
    expect(parse('do', '--cwd', '/x', ...guest).command).toEqual(guest)
    expect(parse('do', '--', ...guest).command).toEqual(guest)
    expect(parse('do', '--', '--weird').command).toEqual(['--weird'])
  })

  it('--root before and after the verb are different ones', () => {
    const { options, globals } = parse('--root', '/state', 'do', '--root', '/tree', 'ls')
    expect([globals['root'], options['root']]).toEqual(['/state', '/tree'])
  })

  it('those that engines pass are accepted, in both orders and in the style of Go', () => {
    const log = join(dir, 'log')
    const { globals } = parse(
      ...['--root', '/r', '--log', log, '--log-format', 'json', '--systemd-cgroup=true'],
      ...['--cgroup-manager', 'disabled', '--rootless=auto', '--debug=true', '--strace=false'],
      ...['do', 'ls'],
    )
    expect(globals).toMatchObject({ root: '/r', log, logFormat: 'json', debug: true })
    expect(globals['strace']).toBeUndefined()
    expect(parse('--log-format=json', '--log', log, 'do', 'x').globals['logFormat']).toBe('json')
  })

  it('a user is two numbers', () => {
    expect(parse('do', '-u', '5', 'ls').options['user']).toEqual({ uid: 5, gid: 5 })
    expect(parse('do', '-u', '5:6', 'ls').options['user']).toEqual({ uid: 5, gid: 6 })
  })
})

it('a bundle becomes what the sandbox and the gofer are told', async () => {
  mkdirSync(join(dir, 'rootfs'))
  const spec = defaultSpec()
  spec.process!.args = ['grün']
  spec.process!.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 }]
  spec.process!.consoleSize = { height: 10, width: 20 }
  spec.mounts!.push({ destination: '/x', source: '.', type: 'none', options: ['rbind', 'ro'] })
  writeFileSync(join(dir, 'config.json'), JSON.stringify(spec))
  const globals = {
    root: '/r',
    logFormat: 'text',
    platform: 'ptrace',
    network: 'none',
    fileAccess: 'exclusive',
  } as const
  const { boot, gofer } = planFromBundle(await loadBundle(dir), {
    id: 'c1',
    globals,
    lifetime: 'attached',
    startMode: 'run',
  })
  expect(gofer.trees).toEqual([
    { attach: 'root', path: `${dir}/rootfs`, access: 'read' },
    { attach: 'mount7', path: dir, access: 'read' },
  ])
  expect(boot.process).toMatchObject({
    args: ['gr\xc3\xbcn'],
    rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 'unlimited' }],
    consoleSize: { rows: 10, columns: 20 },
    terminal: true,
    user: { uid: 0, gid: 0, additionalGids: [], umask: 0o022 },
  })
  expect(boot.root).toEqual({
    attach: 'root',
    readonly: true,
    overlay: 'none',
    fileAccess: 'exclusive',
  })
  expect(boot.mounts.at(-1)).toEqual({
    type: 'bind',
    source: '.',
    destination: '/x',
    options: ['rbind', 'ro'],
    attach: 'mount7',
    fileAccess: 'shared',
  })
})
