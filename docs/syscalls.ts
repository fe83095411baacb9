// Prints docs/syscalls.md from the declarations and handlers of the system calls.
// Run: npx tsx --conditions=tsvisor-source docs/syscalls.ts > docs/syscalls.md

import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { type SyscallDecl, syscalls } from '@tsvisor/abi'
import { type SyscallSupport, syscallSupport } from '@tsvisor/sentry-kernel'

const MARKS = { full: 'yes', partial: 'partly', none: 'no' } as const

const declarations: Readonly<Record<string, SyscallDecl>> = syscalls

function row({ nr, name, level, note }: SyscallSupport): string {
  const args = Object.keys(declarations[name]!.args).join(', ')
  return `| ${nr} | \`${name}(${args})\` | ${MARKS[level]} | ${note.replaceAll('|', '\\|')} |`
}

export function syscallTable(): string {
  const calls = syscallSupport()
  const count = (level: SyscallSupport['level']) =>
    calls.filter(call => call.level === level).length
  return `<!-- Printed by docs/syscalls.ts. -->

# System calls

Of the ${calls.length} system calls that Linux 6.12 has on x86-64, ${count('full')} are supported and
${count('partial')} partly, ${count('none')} are not there. "Not there" means the errno that a Linux built
without it gives: ENOSYS unless the note names another.

The table is printed from the declarations in \`@tsvisor/abi\`, the kernel's handlers, and the notes in
\`packages/sentry-kernel/src/syscalls/support.ts\`.

| Number | Call | Supported | What differs |
| --: | --- | --- | --- |
${calls.map(row).join('\n')}
`
}

if (argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(syscallTable())
