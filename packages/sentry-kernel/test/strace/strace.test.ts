// strace lines, derived from the declarations.
// biome-ignore-all lint/correctness/useYield: a guest without system calls is a guest too.
import { SIGUSR1 } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { Harness } from '../../src/testing/index.ts'

test('one line for each call, decoded', () => {
  const harness = new Harness()
  const lines: string[] = []
  harness.kernel.strace = line => lines.push(line)
  harness.run(function* (sys) {
    yield* sys.openat(-100, '/none', 0o2000001, 0)
    yield* sys.kill(1, SIGUSR1)
    yield* sys.nanosleep({ tv_sec: 1, tv_nsec: 2 }, null)
    yield* sys.uname(0x10)
    yield* sys.wait4(-1, null, 1, null)
    harness.kernel.strace = undefined
    yield* sys.getpid()
  })
  expect(lines).toEqual([
    '[1] openat(AT_FDCWD, "/none", O_WRONLY|O_CLOEXEC, 00) = -1 ENOENT (No such file or directory)',
    '[1] kill(1, SIGUSR1) = 0',
    '[1] nanosleep({tv_sec=1, tv_nsec=2}, NULL) = 0',
    '[1] uname(0x10) = -1 EFAULT (Bad address)',
    '[1] wait4(-1, NULL, WNOHANG, NULL) = -1 ECHILD (No child processes)',
  ])
})

test('signals and ends are told too', () => {
  const harness = new Harness()
  const lines: string[] = []
  harness.run(function* (sys) {
    yield* sys.handle(SIGUSR1, function* () {})
    harness.kernel.strace = line => lines.push(line)
    yield* sys.kill(1, SIGUSR1)
    return 3
  })
  expect(lines).toEqual([
    '[1] kill(1, SIGUSR1) = 0',
    '[1] --- SIGUSR1 {si_signo=SIGUSR1, si_code=0, si_pid=1, si_uid=0} ---',
    '[1] rt_sigreturn() = ?',
    '[1] exit_group(3) = ?',
    '[1] +++ exited with 3 +++',
  ])
})
