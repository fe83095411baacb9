// Tables that other parts of the kernel fill: /proc/net/*. (fs/proc)

import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { Task } from '../../task/task.ts'

/** The lines after the header, each with its newline, as the reader may see them. */
export type TableRows = (reader: Task) => string

/**
 * By path below /proc: `procTables(kernel).set('net/unix', rows)`. The headers are procfs's own; a
 * table that nobody fills shows its header alone.
 */
export const procTables = kernelLocal(() => new Map<string, TableRows>())

export const tableText = (reader: Task, path: string, header: string): string =>
  header + (procTables(reader.kernel).get(path)?.(reader) ?? '')
