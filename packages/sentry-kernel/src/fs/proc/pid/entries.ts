// What is in /proc/PID and /proc/PID/task/TID: one line each. (fs/proc)
// Linux fs/proc/base.c: tgid_base_stuff, tid_base_stuff; proc_pid(5).

import { EPERM } from '@tsvisor/abi'
import { net } from '../net/net.ts'
import { cgroup } from './cgroup.ts'
import { fd, fdinfo } from './fd.ts'
import { idMap, setgroups } from './id-maps.ts'
import { processIo, threadIo } from './io.ts'
import { limits } from './limits.ts'
import { cwd, exe, root } from './links.ts'
import { maps, smaps, smapsRollup } from './maps.ts'
import { mem } from './mem.ts'
import { commandLine, environment } from './memory-text.ts'
import { mountinfo, mounts, mountstats } from './mounts.ts'
import { ns } from './namespaces.ts'
import { oomAdj, oomScore, oomScoreAdj } from './out-of-memory.ts'
import { sched, schedstat } from './sched.ts'
import { stat, statm } from './stat.ts'
import { status } from './status.ts'
import { type Entry, guarded, ofMemory, shown } from './subject.ts'
import { syscall } from './system-call.ts'
import { children, taskDirectory } from './threads.ts'
import { clearRefs, comm, coredumpFilter, loginuid, timerslack } from './tuning.ts'

const NOTHING = new Uint8Array(0)

const COMMON: Readonly<Record<string, Entry>> = {
  auxv: ofMemory(memory => ({ read: () => memory.mm?.auxv ?? NOTHING }), 0o400),
  cgroup: shown((task, _subject, reader) => cgroup(task, reader)),
  clear_refs: clearRefs,
  cmdline: shown((_task, { mm }) => (mm ? commandLine(mm) : NOTHING)),
  comm,
  cwd,
  environ: ofMemory(
    memory => ({ read: () => (memory.mm ? environment(memory.mm) : NOTHING) }),
    0o400,
  ),
  exe,
  fd,
  fdinfo,
  gid_map: idMap('gids'),
  limits,
  loginuid,
  maps: ofMemory(memory => ({
    read: reader => (memory.mm ? maps(memory.mm, reader.fs.root) : ''),
  })),
  mem,
  mountinfo,
  mounts,
  net,
  ns,
  oom_adj: oomAdj,
  oom_score: oomScore,
  oom_score_adj: oomScoreAdj,
  personality: guarded(
    ({ group }) => `${(group.personality >>> 0).toString(16).padStart(8, '0')}\n`,
    EPERM,
  ),
  projid_map: idMap('projects'),
  root,
  sched,
  schedstat,
  sessionid: shown(() => '4294967295'),
  setgroups,
  smaps: ofMemory(memory => ({
    read: reader => (memory.mm ? smaps(memory.mm, reader.fs.root) : ''),
  })),
  smaps_rollup: ofMemory(memory => ({ read: () => (memory.mm ? smapsRollup(memory.mm) : '') })),
  stat,
  statm,
  status,
  syscall,
  uid_map: idMap('uids'),
  wchan: shown(() => '0'),
}

/** /proc/PID/task/TID */
export const THREAD_ENTRIES: Readonly<Record<string, Entry>> = {
  ...COMMON,
  children,
  io: threadIo,
}

/** /proc/PID */
export const PROCESS_ENTRIES: Readonly<Record<string, Entry>> = {
  ...COMMON,
  coredump_filter: coredumpFilter,
  io: processIo,
  mountstats,
  task: taskDirectory(THREAD_ENTRIES),
  timerslack_ns: timerslack,
}
