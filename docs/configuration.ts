// Prints docs/configuration.md from what runsc knows of each member of config.json.
// Run: npx tsx --conditions=tsvisor-source docs/configuration.ts > docs/configuration.md

import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { SPEC_VERSION } from '@tsvisor/oci-spec'
import { CONFIG_SUPPORT, type ConfigSupport } from '@tsvisor/runsc'

const MARKS: Readonly<Record<ConfigSupport[0], string>> = {
  yes: 'yes',
  partly: 'partly',
  ignored: 'warned about',
  refused: 'refused',
}

const row = ([member, [level, note]]: [string, ConfigSupport]): string =>
  `| \`${member}\` | ${MARKS[level]} | ${note.replaceAll('|', '\\|')} |`

export const configurationPage = (): string => `<!-- Printed by docs/configuration.ts. -->

# config.json

What \`runsc\` does with each member of a bundle's configuration, runtime-spec ${SPEC_VERSION}. A row holds for
everything below its member that has no row of its own.

- _warned about_: a configuration that says something there is run; one line in the log names the member.
- _refused_: it is not run, and the error names the member.
- Members that the specification does not know are ignored, with a line in the log. What is malformed is
  refused: every mistake, each with its place, what was found and what is allowed.

| Member | Supported | What it does, or why not |
| --- | --- | --- |
${Object.entries(CONFIG_SUPPORT).map(row).join('\n')}

The table is printed from \`packages/runsc/src/bundle/support.ts\`, from which the warnings and refusals derive.

## Cgroups

The sandbox's processes are in a cgroup of the host: in each hierarchy of version 1 and 2 that the machine has.
\`linux.cgroupsPath\` is below the top if it starts with \`/\`, else below the cgroup of \`runsc\`; without one it is
the container's id, with something added where a cgroup has that name already: containers below another \`--root\` may
have the same id. What had to be made above it goes when the container does.

Without permission to make a cgroup, or without cgroups, the container runs in that of \`runsc\`, with a warning. If
\`linux.resources\` asks for limits, that is an error which names the member.

With \`--systemd-cgroup\` the path is \`slice:prefix:name\`, and systemd makes the scope (over D-Bus, by
\`busctl\`). Where systemd does not run, \`runsc\` makes the same cgroup itself and says so; runc refuses.

Inside, a mount of type \`cgroup\` shows what the host has: a directory for each version 1 hierarchy, or the unified one.
Without a cgroup namespace \`/proc/PID/cgroup\` has the paths of the host; with one they start at the container. The
groups there are the guest kernel's own: it can make some, move its processes, freeze or kill them, and limit their
number (\`pids.max\`); the limits of the container itself it can only read, and the host does not see its groups.
\`runsc exec --cgroup\` joins one.
`

if (argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(configurationPage())
