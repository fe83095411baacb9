// What a task read and wrote: /proc/PID/io. (task)
// Linux include/linux/task_io_accounting.h.

export class IoUsage {
  /** Bytes that read(2) and its kin returned. */
  readBytes = 0
  writtenBytes = 0
  /** Calls, those that fail later than at their arguments too. */
  reads = 0
  writes = 0

  add(other: IoUsage): void {
    this.readBytes += other.readBytes
    this.writtenBytes += other.writtenBytes
    this.reads += other.reads
    this.writes += other.writes
  }
}
