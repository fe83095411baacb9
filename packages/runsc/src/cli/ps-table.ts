// Processes in columns, as ps(1) prints them. (runsc)

import type { ProcessInfo } from '../boot/control.ts'
import type { PsFormat } from '../container/ps-options.ts'

export function psTable(
  { columns, header }: PsFormat,
  processes: readonly ProcessInfo[],
  nowMs = Date.now(),
): string {
  const rows = processes.map(process => columns.map(column => column.text(process, nowMs)))
  if (header === 'shown') rows.unshift(columns.map(column => column.header))
  const last = columns.length - 1
  const widths = columns.map(({ width }, at) =>
    Math.max(width, ...rows.map(row => row[at]!.length)),
  )
  const cell = (text: string, at: number) => {
    if (columns[at]!.align === 'right') return text.padStart(widths[at]!)
    return at === last ? text : text.padEnd(widths[at]!)
  }
  return rows.map(row => `${row.map(cell).join(' ')}\n`).join('')
}
