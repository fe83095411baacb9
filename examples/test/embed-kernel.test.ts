// The kernel example runs, and each run is the same to the nanosecond.

import { expect, it } from 'vitest'
import { runExample } from './run.ts'

const EXPECTED = `[1] pipe2([[0, 1]], O_RDONLY) = 0
[1] fork() = 2
[1] close(1) = 0
[2] nanosleep({tv_sec=60, tv_nsec=0}, NULL) = 0
[2] getpid() = 2
[2] write(1, "from process 2\\n", 15) = 15
[1] read(0, "from process 2\\n", 4096) = 15
[2] exit_group(3) = ?
[2] +++ exited with 3 +++
[1] open("/log", O_WRONLY|O_CREAT, 0644) = 1
[1] write(1, "from process 2\\n", 15) = 15
[1] wait4(2, [768], 0, NULL) = 2
process 2 ended with 3
[1] open("/log", O_RDONLY, 00) = 2
[1] read(2, "from process 2\\n", 15) = 15
/log: from process 2
[1] exit_group(0) = ?
[1] +++ exited with 0 +++
exit status 0 after 60.000013 s
`

it('prints what two processes do', () => {
  expect(runExample('embed-kernel.ts')).toEqual({ stdout: EXPECTED, stderr: '', status: 0 })
})
