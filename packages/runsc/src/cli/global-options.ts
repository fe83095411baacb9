// Flags before the verb: ours, runc's, and those that engines pass and nothing here needs. (runsc)

import { type Command, Option } from 'commander'
import { defaultRoot } from '../state/root-directory.ts'
import { accepted } from './accepted.ts'

export function addGlobalOptions(program: Command): void {
  program
    .option('--root <dir>', 'where the state of containers is kept', defaultRoot())
    .option('--debug', "print the kernel's debug messages")
    .option('--debug-log <file>', 'append debug messages and strace to a file, not stderr')
    .option('--strace', 'print every system call of the guest')
    .option('--log <file>', 'append errors and warnings to a file as well')
    .addOption(
      new Option('--log-format <format>', 'of that file').choices(['text', 'json']).default('text'),
    )
    .addOption(
      new Option('--platform <name>', 'how guest code is run')
        .choices(['ptrace'])
        .default('ptrace'),
    )
    .addOption(
      new Option('--network <kind>', 'none: loopback only')
        .choices(['none', 'host'])
        .default('none'),
    )
    .addOption(
      new Option('--file-access <kind>', 'may the host change the root under the container')
        .choices(['exclusive', 'shared'])
        .default('exclusive'),
    )
    .addOption(
      new Option(
        '--overlay <kind>',
        'keep changes of the root in memory; default: none, for do: memory',
      ).choices(['memory', 'none']),
    )
    .addOption(
      new Option('--walls <which>', 'around the sandbox: what the host lets be raised, or all')
        .choices(['available', 'required'])
        .default('available'),
    )
    .addOption(
      new Option(
        '--watchdog-action <action>',
        'when the kernel hangs: write its stacks, or also end',
      )
        .choices(['log', 'panic'])
        .default('log'),
    )
    .addOption(
      new Option('--watchdog-timeout <duration>', 'when it counts as hanging').default('3m'),
    )
    .option('--rootless', 'run as an ordinary user (found out by itself)')
    .option('--systemd-cgroup', 'let systemd make the cgroup of a container')
    .addOption(
      new Option('--cgroup-manager <name>', 'who makes the cgroup of a container').choices([
        'cgroupfs',
        'systemd',
        'disabled',
      ]),
    )
    .option('--ignore-cgroups', 'leave cgroups alone')
    .addOption(accepted('--criu <path>'))
}

/**
 * Rewrites `--flag=true` and `--flag=false`, which programs written in Go use, for the flags that
 * take no value. Looks no further than the verb: what follows is the guest's.
 */
export function normalizeGlobalFlags(args: readonly string[], program: Command): string[] {
  const verbs = new Set(program.commands.map(command => command.name()))
  const booleans = new Set(
    program.options.filter(option => option.isBoolean()).map(option => option.long),
  )
  const end = args.findIndex(arg => verbs.has(arg))
  const own = end === -1 ? args : args.slice(0, end)
  const rest = end === -1 ? [] : args.slice(end)
  const normalized = own.flatMap(arg => {
    const [, flag, value] = /^(--[a-z-]+)=(true|false|auto)$/.exec(arg) ?? []
    if (flag === undefined || !booleans.has(flag)) return [arg]
    return value === 'true' ? [flag] : []
  })
  return [...normalized, ...rest]
}
