// /proc/sysvipc: the tables of System V objects. (fs/proc)
// Linux ipc/{shm,sem,msg}.c: sysvipc_*_proc_show.

import type { IpcNamespace } from '../../ipc/ipc-namespace.ts'
import type { MessageQueue } from '../../ipc/message-queue.ts'
import type { SemaphoreSet } from '../../ipc/semaphore-set.ts'
import type { SharedSegment } from '../../ipc/shared-segment.ts'
import type { Task } from '../../task/task.ts'
import { type DirectoryNode, directory, file } from '../kernfs/node.ts'

const SHM =
  '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid' +
  '      atime      dtime      ctime                   rss                  swap\n'
const SEM = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n'
const MSG =
  '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid' +
  '      stime      rtime      ctime\n'

/** Values right-aligned in columns, a space apart. */
const row = (...cells: readonly (readonly [value: number | string, width: number])[]): string =>
  `${cells.map(([value, width]) => String(value).padStart(width)).join(' ')}\n`

type Cell = readonly [number, number]
const owners = (object: SharedSegment | SemaphoreSet | MessageQueue, reader: Task): Cell[] => {
  const { uid, gid, cuid, cgid } = object.perm(reader)
  return [
    [uid, 5],
    [gid, 5],
    [cuid, 5],
    [cgid, 5],
  ]
}

const segmentRow = (s: SharedSegment, reader: Task): string =>
  row(
    [s.key, 10],
    [s.id, 10],
    [s.mode.toString(8), 5],
    [s.size, 21],
    [s.creator, 5],
    [s.lastPid, 5],
    [s.attached, 6],
    ...owners(s, reader),
    [s.attachTime, 10],
    [s.detachTime, 10],
    [s.ctime, 10],
    [s.mappable.allocated(), 21],
    [0, 21],
  )

const setRow = (s: SemaphoreSet, reader: Task): string =>
  row(
    [s.key, 10],
    [s.id, 10],
    [s.mode.toString(8), 5],
    [s.values.length, 10],
    ...owners(s, reader),
    [s.operationTime, 10],
    [s.ctime, 10],
  )

const queueRow = (q: MessageQueue, reader: Task): string =>
  row(
    [q.key, 10],
    [q.id, 10],
    [q.mode.toString(8), 5],
    [q.bytes, 11],
    [q.messages.length, 10],
    [q.lastSender, 5],
    [q.lastReceiver, 5],
    ...owners(q, reader),
    [q.sendTime, 10],
    [q.receiveTime, 10],
    [q.ctime, 10],
  )

type Objects<T> = (ipc: IpcNamespace) => Iterable<T>
const table = <T>(header: string, objects: Objects<T>, show: (object: T, reader: Task) => string) =>
  file(reader => {
    let text = header
    for (const object of objects(reader.namespaces.ipc)) text += show(object, reader)
    return text
  })

export const sysvipc = (): DirectoryNode =>
  directory({
    shm: table(SHM, ipc => ipc.segments, segmentRow),
    sem: table(SEM, ipc => ipc.semaphores, setRow),
    msg: table(MSG, ipc => ipc.queues, queueRow),
  })
