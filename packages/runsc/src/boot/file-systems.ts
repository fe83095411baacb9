// File systems by the type that config.json names. (runsc)

import {
  type ControlGroups,
  DevptsFs,
  type FileSystem,
  type Kernel,
  newCgroupfs,
  newProcfs,
  newSysfs,
  type PidNamespace,
  parseProcOptions,
  parseTmpfsOptions,
  populateDev,
  Tmpfs,
  type TmpfsOptions,
  terminals,
} from '@tsvisor/sentry-kernel'
import type { BootMount } from './boot-config.ts'
import { BootFailure } from './failure.ts'
import { parseNumber } from './mount-options.ts'

type Data = ReadonlyMap<string, string>

/** What file systems show. */
export interface GuestPlace {
  readonly kernel: Kernel
  readonly pidNamespace: PidNamespace
  readonly groups: ControlGroups
}

/** Errors: EINVAL for an option or value that Linux refuses. */
const tmpfsOptions = (kernel: Kernel, data: Data): TmpfsOptions => ({
  platform: kernel.platform,
  clock: kernel.clock,
  dev: kernel.nextDev(),
  ...parseTmpfsOptions(optionText(data), kernel.memoryBytes),
})

/** As mount(2) takes them. */
const optionText = (data: Data): string =>
  [...data].map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(',')

const makers: Readonly<
  Record<string, (kernel: Kernel, data: Data, mount: BootMount, place: GuestPlace) => FileSystem>
> = {
  cgroup: (kernel, data, _mount, { groups }) =>
    newCgroupfs({ kernel, groups, type: 'cgroup', data: optionText(data) }),
  cgroup2: (kernel, data, _mount, { groups }) =>
    newCgroupfs({ kernel, groups, type: 'cgroup2', data: optionText(data) }),
  proc: (kernel, data, _mount, { pidNamespace }) =>
    newProcfs({
      kernel,
      pidNamespace,
      dev: kernel.nextDev(),
      options: parseProcOptions(optionText(data)),
    }),
  sysfs: kernel =>
    newSysfs({
      dev: kernel.nextDev(),
      created: kernel.clock.realtime(),
      cpus: kernel.cpus,
      memoryBytes: kernel.memoryBytes,
    }),
  devpts(kernel, data) {
    const gid = parseNumber(data.get('gid'), 10)
    const mode = parseNumber(data.get('mode'), 8)
    const ptmxmode = parseNumber(data.get('ptmxmode'), 8)
    const fs = new DevptsFs(kernel, kernel.nextDev(), {
      ...(gid !== undefined && { gid }),
      ...(mode !== undefined && { mode }),
      ...(ptmxmode !== undefined && { ptmxmode }),
    })
    // What /dev/ptmx and the numbers of terminals mean.
    terminals(kernel).devpts ??= fs
    return fs
  },
  mqueue: (kernel, data) => new Tmpfs({ ...tmpfsOptions(kernel, data), type: 'mqueue' }),
  devtmpfs: (kernel, data) => newDev(kernel, data),
  tmpfs: (kernel, data, mount) =>
    mount.destination === '/dev' ? newDev(kernel, data) : new Tmpfs(tmpfsOptions(kernel, data)),
}

/** The runtime fills /dev, whatever it is made of (runtime-spec, "Default Devices"). */
function newDev(kernel: Kernel, data: Data): FileSystem {
  const fs = new Tmpfs({ mode: 0o755, ...tmpfsOptions(kernel, data) })
  populateDev(fs)
  return fs
}

/** Errors: BootFailure for a type that there is none of. */
export function newFileSystem(place: GuestPlace, mount: BootMount, data: Data): FileSystem {
  const make = Object.hasOwn(makers, mount.type) ? makers[mount.type] : undefined
  if (make === undefined) {
    const known = [...Object.keys(makers), 'bind'].join(', ')
    throw new BootFailure(
      `mount ${mount.destination}: unknown type "${mount.type}" (known: ${known})`,
    )
  }
  return make(place.kernel, data, mount, place)
}
