#!/usr/bin/env node
// Shows what tsvisor does: real programs, in a sandbox, with what they see. Run: npm run demo

import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { buildCommand, CLI, checkMachine, install, isMain, main } from './setup.mjs'

const MARK = `/etc/tsvisor-demo-${process.pid}`

/** One step: what it shows, what is run, and what must come of it. */
const STEPS = [
  {
    title: 'The kernel starts, and says so',
    command: ['sh', '-c', 'if command -v dmesg >/dev/null; then dmesg; else busybox dmesg; fi'],
    check: out => out.includes('Rewriting operating system in JavaScript...') && /Ready!/.test(out),
  },
  {
    title: 'It is another kernel than the one below',
    command: ['uname', '-a'],
    check: out => out.trim() !== '' && out !== spawnSync('uname', ['-a']).stdout.toString(),
  },
  {
    title: "A shell, processes and pipes, on this machine's own programs",
    command: [
      'sh',
      '-c',
      'seq 1 1000 | grep 7 | (echo how many numbers up to 1000 have a 7; wc -l)',
    ],
    check: out => /^how many .*\n271\n$/.test(out),
  },
  {
    title: 'A write to /etc, which the host never sees',
    command: ['sh', '-c', `echo "written in the sandbox" > ${MARK}; ls -l ${MARK}; cat ${MARK}`],
    check: out => out.includes('written in the sandbox') && !existsSync(MARK),
  },
]

if (isMain(import.meta.url)) {
  await main(() => {
    checkMachine()
    install()
    buildCommand()
    let failures = 0
    for (const { title, command, check } of STEPS) {
      const shown = command.map(word =>
        /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
      )
      console.log(`\n== ${title}\n$ runsc do ${shown.join(' ')}`)
      const { stdout, stderr, status, signal } = spawnSync(
        process.execPath,
        [CLI, 'do', ...command],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
          timeout: 120_000,
        },
      )
      process.stdout.write(stdout)
      process.stderr.write(stderr)
      if (status === 0 && check(stdout)) continue
      failures++
      console.error(`failed: ${signal ?? `exit status ${status}`}`)
    }
    if (existsSync(MARK)) rmSync(MARK)
    else console.log(`\n$ ls ${MARK}     (on the host)\nno such file`)
    console.log(`\n${STEPS.length - failures} of ${STEPS.length} steps as expected`)
    return failures === 0 ? 0 : 1
  })
}
