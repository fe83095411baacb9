// What somebody could do who has taken over a process of ours: it runs in the namespaces and behind
// the walls of the real one, then does as it is told. (runsc tests)
// Arguments: the attempt, or `harmless` for all that are survived; the verb; for the gofer, its trees.

import { writeSync } from 'node:fs'
import * as host from '@tsvisor/host'
import { openProc, PtracePlatform } from '@tsvisor/platform-ptrace'
import { encloseGofer } from '../../src/walls/gofer-walls.ts'
import { encloseSandbox } from '../../src/walls/sandbox-walls.ts'

const { NR } = host
const [attempt = '', trees = '[]', verb] = process.argv.slice(2)
const report = (what: unknown) => void writeSync(1, `${JSON.stringify(what)}\n`)

const O_CLOEXEC = 0o2000000
const call = (nr: number, ...args: number[]) => {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args
  return host.call6(nr, a, b, c, d, e, f)
}
const text = host.cString
const sock = (domain: number) => () => call(NR.socket, domain, 1, 0)

/** Each of these must end the process. */
const deadly: Record<string, () => unknown> = {
  execve: () => call(NR.execve, text('/bin/sh'), 0, 0),
  'node:child_process': () => process.getBuiltinModule('node:child_process').spawnSync('true'),
  'socket of TCP': sock(2),
  'socket of unix': sock(1),
  socketpair: () => host.socketpair(1),
  connect: () => host.connectUnix(0, '/run/docker.sock'),
  bind: () => host.bindUnix(0, '/tmp/socket'),
  listen: () => host.listen(0, 1),
  'an option of a socket': () => call(NR.setsockopt, 0, 1, 15, 0, 0),
  'ptrace another': () => host.ptrace(host.PTRACE.SEIZE, 1, 0, 0),
  'ptrace PEEKDATA': () => host.ptrace(2, 1, 0, 0),
  mount: () => host.mount('none', '/', 'tmpfs', 0, undefined),
  umount: () => host.umount('/', 2),
  unshare: () => host.unshare(host.NAMESPACE.user),
  setns: () => host.setns(0, 0),
  chroot: () => host.chroot('/'),
  setresuid: () => call(NR.setresuid, 0, 0, 0),
  capset: () => call(NR.capset, 0, 0),
  seccomp: () => call(NR.seccomp, 1, 0, 0),
  pidfd_getfd: () => call(NR.pidfd_getfd, 0, 0, 0),
  openat2: () => host.openat2(host.AT_FDCWD, '/', 0, 0, 0),
  io_uring_setup: () => call(425, 1, 0),
  bpf: () => call(321, 0, 0, 0),
  'abort by another': () => host.tgkill(2, 2, 9),
  'a call of the 32-bit table': () => call(0x4000_0000 + NR.getpid),
}

const outcome = (attack: () => unknown): unknown => {
  try {
    const result = attack()
    return typeof result === 'object' ? 'done' : result
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    return typeof code === 'string' ? code : name
  }
}

const opened =
  (path: string, flags = 0, at = host.AT_FDCWD) =>
  () =>
    host.openat(at, path, flags | O_CLOEXEC, 0) >= 0 && 'opened'

const common: Record<string, () => unknown> = {
  'clone a process': () => call(NR.clone, 17, 0, 0, 0, 0),
  clone3: () => call(NR.clone3, 0, 0),
  'kill its parent': () => host.checked(host.kill(Number(process.ppid), 15)),
  'kill all': () => host.checked(host.kill(-1, 15)),
  'type on a terminal': () => call(NR.ioctl, 0, 0x5412, 0),
  'be looked into': () => host.setDumpable('yes'),
}

const inSandbox = (proc: number): Record<string, () => unknown> => ({
  ...common,
  'open a file': opened('/etc/passwd'),
  'open by node:fs': () => process.getBuiltinModule('node:fs').readFileSync('/etc/passwd'),
  'stat a file': () => process.getBuiltinModule('node:fs').statSync('/etc/passwd'),
  'open a file past its proc': opened('/etc/passwd', 0, proc),
  'open a file through its root': opened('1/root/etc/passwd', 0, proc),
  'open a file through its cwd': opened('1/cwd/etc/passwd', 0, proc),
  'open a file above': opened('../../etc/passwd', 0, proc),
  'open its own memory for writing': opened('self/mem', 2, proc),
  'find other processes': opened(`${process.ppid || 2_000_000}/status`, 0, proc),
  'set a kernel parameter': opened('sys/kernel/core_pattern', 0, proc),
  'look who the peer of a socket is': () => call(NR.getsockopt, 0, 1, 17, 0, 0),
  'lock a file': () => host.fcntl(0, 6, 0),
  'map code of a file': () => host.mmap(4096, 5, 2, 0, 0),
})

const inGofer: Record<string, () => unknown> = {
  ...common,
  'open a file': opened('/etc/passwd'),
  'make a device': () => host.mknodat(host.AT_FDCWD, '/0/device', 0o020666, 0x103),
}

function alone(): void {
  const [first = '', second = ''] = JSON.parse(trees) as string[]
  const {
    trees: served,
    seal,
    missing,
  } = encloseGofer(
    [
      { attach: 'a', path: first, access: 'write' },
      { attach: 'b', path: second, access: 'read' },
    ],
    process.pid === 1 ? 'own' : 'none',
  )
  seal()
  const [writable, readonly] = served.map(({ path }) => path)
  go(missing, {
    ...inGofer,
    'write to what it serves': opened(`${writable}/file`, 0o101),
    'read what it serves': opened(`${readonly}/file`),
    'write to what it serves for reading': opened(`${readonly}/file`, 1),
    'make a file beside it': opened(`${first}/../made`, 0o101),
  })
}

function go(missing: readonly string[], attacks: Record<string, () => unknown>): void {
  report({ missing })
  if (attempt !== 'harmless') {
    report({ attempt })
    report({ survived: outcome(deadly[attempt]!) })
    process.exit(0)
  }
  report(Object.fromEntries(Object.entries(attacks).map(([name, act]) => [name, outcome(act)])))
  // The test looks at this process from outside.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

if (attempt === 'list') report(Object.keys(deadly))
else if (verb === 'gofer') alone()
else {
  const { missing } = encloseSandbox({
    streams: [0, 1, 2],
    lifetime: 'attached',
    newPlatform: () => new PtracePlatform(),
  })
  go(missing, inSandbox(openProc()))
}
