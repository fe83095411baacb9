// /proc/sysvipc: the tables of System V objects. (fs/proc)
// Linux ipc/util.c: sysvipc_proc_show; the headers are in ipc/{shm,sem,msg}.c.

import { type DirectoryNode, directory, file } from '../kernfs/node.ts'
import { tableText } from './tables.ts'

const SHM =
  '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid' +
  '      atime      dtime      ctime                   rss                  swap\n'
const SEM = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n'
const MSG =
  '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid' +
  '      stime      rtime      ctime\n'

export const sysvipc = (): DirectoryNode =>
  directory({
    shm: file(reader => tableText(reader, 'sysvipc/shm', SHM)),
    sem: file(reader => tableText(reader, 'sysvipc/sem', SEM)),
    msg: file(reader => tableText(reader, 'sysvipc/msg', MSG)),
  })
