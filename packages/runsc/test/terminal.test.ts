// The user's terminal while a sandbox has it, and afterwards. Needs script(1) and stty. (runsc tests)

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { CLI } from './sandbox.ts'

const DRIVER = fileURLToPath(new URL('./fake/driver.ts', import.meta.url))

/** Runs the scenario on a terminal of its own; the terminal's settings are shown around it. */
function onTerminal(scenario: string): string[] {
  const driver = `${process.execPath} --conditions=tsvisor-source --import tsx ${DRIVER} ${scenario} x`
  return shown(`stty rows 33 cols 99; stty -a; echo CUT; ${driver}; echo CUT; stty -a`)
}

/** The parts of what a script prints to a terminal. */
function shown(command: string): string[] {
  const { stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, HOME: '', TERM: 'xterm' },
  })
  if (error) throw error
  return stdout.split(/CUT\r?\n/)
}

it('is raw for the guest, has its size, and is put back', () => {
  const [before, during, after] = onTerminal('tty')
  expect(during).toContain('{"terminal":true,"consoleSize":{"rows":33,"columns":99}}')
  expect(before).toMatch(/ icanon .* echo /s)
  expect(during).toMatch(/ -icanon .* -echo /s)
  expect(during).toContain('-isig')
  expect(during).toContain('-opost')
  expect(after).toBe(before)
})

for (const scenario of ['killed', 'gofer-dies', 'fatal']) {
  it(`is put back when things go wrong: ${scenario}`, () => {
    const [before, during, after] = onTerminal(scenario)
    expect(during).toContain('runsc: ')
    expect(after).toBe(before)
  })
}

it('is left alone by a sandbox and a gofer that end by themselves', () => {
  const dead = 'until grep -q "^State:.Z" /proc/$p/status; do sleep 0.05; done'
  const [during, after] = shown(`
    ${process.execPath} ${CLI} do sleep 1 </dev/null & command=$!
    sleep 0.7; kill -STOP $command; stty -icanon -echo
    for p in $(pgrep -P $command); do ${dead}; done
    kill -CONT $command; wait $command; echo ended with $?; echo CUT; stty -a`)
  expect(during).toBe('ended with 0\r\n')
  expect(after).toMatch(/ -icanon .* -echo /s)
})
