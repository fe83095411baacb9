// Through /proc: what host processes use, and descriptors opened anew. (platform-ptrace)

import { readFileSync } from 'node:fs'
import {
  AT_FDCWD,
  clockGetTime,
  close,
  MOUNT_ATTR,
  newFileSystem,
  openat,
  pread,
  read,
  readlinkat,
} from '@tsvisor/host'

const O_RDONLY_CLOEXEC = 0o2000000
const O_DIRECTORY_CLOEXEC = 0o2200000
const HARMLESS = MOUNT_ATTR.nosuid | MOUNT_ATTR.nodev | MOUNT_ATTR.noexec
const PAGE = 4096

let proc = -1
let stat = -1
/** Whether that /proc numbers processes as this one does. */
let numbered = false
const text = new Uint8Array(2048)

/**
 * Keeps /proc open, for when the sandbox process has left the host's file tree; call it before. In a
 * pid namespace it is a new one that shows nothing but processes, where the host permits that.
 * Throws Errno. Returns the descriptor.
 */
export const openProc = (): number => {
  if (proc >= 0) return proc
  const found = openat(AT_FDCWD, '/proc', O_DIRECTORY_CLOEXEC, 0)
  numbered = readlinkat(found, 'self') === String(process.pid)
  proc = numbered ? found : ownProc(found)
  stat = openQuietly(found, 'stat')
  schedstat = openQuietly(proc, 'self/schedstat')
  if (proc !== found) close(found)
  runQueueDelayNs()
  return proc
}

const ownProc = (found: number): number => {
  try {
    const fresh = newFileSystem('proc', { subset: 'pid' }, HARMLESS)
    numbered = true
    return fresh
  } catch {
    return found
  }
}

const openQuietly = (directory: number, path: string): number => {
  try {
    return openat(directory, path, O_RDONLY_CLOEXEC, 0)
  } catch {
    return -1
  }
}

/** The mappings of this process, as /proc/self/maps has them. Throws Errno. */
export const ownMaps = (): string => {
  const fd = openat(openProc(), 'self/maps', O_RDONLY_CLOEXEC, 0)
  try {
    return readFileSync(fd, 'latin1')
  } finally {
    close(fd)
  }
}

/** A file of a process; empty where the host does not tell. */
const tell = (pid: number, name: string): string => {
  if (!numbered) return ''
  try {
    const fd = openat(proc, `${pid}/${name}`, O_RDONLY_CLOEXEC, 0)
    try {
      return String.fromCharCode(...text.subarray(0, read(fd, text)))
    } finally {
      close(fd)
    }
  } catch {
    return ''
  }
}

/** Resident bytes of a process, 0 where the host does not tell. */
export const residentBytes = (pid: number): number =>
  Number(tell(pid, 'statm').split(' ')[1] ?? 0) * PAGE

/** Those of no file and no shared memory, likewise. */
export const anonymousBytes = (pid: number): number => {
  const [, resident = 0, shared = 0] = tell(pid, 'statm').split(' ', 3).map(Number)
  return (resident - shared) * PAGE
}

/** As anonymousBytes, pages that processes share in equal parts; undefined where the host does not tell. */
export const anonymousShare = (pid: number): number | undefined => {
  const found = /^Pss_Anon: +(\d+) kB$/m.exec(tell(pid, 'smaps_rollup'))
  return found === null ? undefined : Number(found[1]) * 1024
}

/** CPU time of a process so far, ns: its clock as clock_getcpuclockid(3) makes it. 0 if it is gone. */
export const processCpuNs = (pid: number): number => {
  try {
    const time = clockGetTime((~pid << 3) | 2)
    return time.sec * 1e9 + time.nsec
  } catch {
    return 0
  }
}

/** Opens what a descriptor of ours refers to once more; undefined where that is not allowed. */
export const reopen = (fd: number, flags: number): number | undefined => {
  try {
    return openat(proc, `self/fd/${fd}`, flags, 0)
  } catch {
    return undefined
  }
}

let schedstat = -1

/** Time that the main thread has waited for a CPU so far, ns; 0 where the host does not tell. */
export const runQueueDelayNs = (): number => {
  try {
    if (schedstat < 0) return 0
    const length = pread(schedstat, text, 0)
    return Number(String.fromCharCode(...text.subarray(0, length)).split(' ')[1])
  } catch {
    schedstat = -1
    return 0
  }
}

const NS_PER_TICK = 1e7

/** Time that each CPU has been idle so far, ns, by number; empty where the host does not tell. */
export const idleNs = (): Map<number, number> => {
  const idle = new Map<number, number>()
  try {
    const statText = new Uint8Array(65536)
    const length = pread(stat, statText, 0)
    for (const line of Buffer.from(statText.buffer, 0, length).toString('latin1').split('\n')) {
      const fields = /^cpu(\d+) \d+ \d+ \d+ (\d+)/.exec(line)
      if (fields !== null) idle.set(Number(fields[1]), Number(fields[2]) * NS_PER_TICK)
    }
  } catch {
    // Without it, home stays where it is.
  }
  return idle
}
