// Run as a program by death.test.ts: starts guests, says so, and waits to be killed. (platform-ptrace test)

import { PtracePlatform } from '../src/index.ts'
import { next, startGuest } from './guest.ts'

const platform = new PtracePlatform()
const spin = startGuest(platform, a => a.label('x').jump('x'))
const stopped = startGuest(platform, a => a.mov('rax', 1).syscall())
next(platform, stopped.thread)
spin.thread.resume('run')
process.stdout.write(`${process.argv[2]}\n`)
// The blocking wait is what a sandbox is in when it is killed.
for (;;) platform.wait(undefined)
