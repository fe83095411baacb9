// The text of /proc files has the shape of the host's own.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Guest, Sys } from '../../../src/testing/index.ts'
import { readFile, runWithProc } from './proc-guest.ts'

const host = (path: string): string => readFileSync(path, 'latin1')

/** The text of a file in a guest that has some memory mapped. */
function guest(path: string): string {
  let text = ''
  runWithProc(function* (sys: Sys): Guest<void> {
    yield* sys.mmap(0, 8192, 3, 0x22, -1, 0)
    text = yield* readFile(sys, path)
  })
  return text
}

/** Numbers as N and hexadecimal words as X: what is left is the format. */
const shape = (line: string): string => line.replace(/\d+/g, 'N').replace(/ +/g, ' ')
const lines = (text: string): string[] => text.split('\n').filter(line => line !== '')
const names = (text: string): string[] => lines(text).map(line => line.split(':')[0]!.trim())

/** Whether `part` comes in the order of `whole`. */
function isInOrder(part: readonly string[], whole: readonly string[]): void {
  const known = part.filter(name => whole.includes(name))
  expect(known).toEqual([...known].sort((a, b) => whole.indexOf(a) - whole.indexOf(b)))
}

describe('the shape of the host', () => {
  test('stat has 52 fields', () => {
    const fields = guest('/proc/self/stat').trim().split(' ')
    expect(fields).toHaveLength(host('/proc/self/stat').trim().split(' ').length)
    expect(fields.filter(field => !/^(-?\d+|\(guest\)|R)$/.test(field))).toEqual([])
  })

  test.each(['statm', 'limits', 'uid_map', 'loginuid', 'personality', 'setgroups', 'wchan'])(
    '%s',
    name => {
      const text = guest(`/proc/self/${name}`)
      const like = host(`/proc/self/${name}`)
      const plain = (s: string) => shape(s.replace(/unlimited/g, '0'))
      expect(plain(text)).toBe(plain(like))
    },
  )

  test.each(['status', 'smaps_rollup'])('%s: same lines in the same order', name => {
    const own = names(guest(`/proc/self/${name}`)).filter(line => !line.includes('-'))
    const like = names(host(`/proc/self/${name}`))
    isInOrder(own, like)
    // Nothing that the host would not show, and little that it would.
    expect(own.filter(line => !like.includes(line))).toEqual([])
    const newer = [
      'Kthread',
      'untag_mask',
      'x86_Thread_features',
      'x86_Thread_features_locked',
      'KSM',
    ]
    expect(like.filter(l => !l.includes('-') && !own.includes(l) && !newer.includes(l))).toEqual([])
  })

  test('status: white space and units', () => {
    const like = new Map(lines(host('/proc/self/status')).map(line => [line.split(':')[0], line]))
    for (const line of lines(guest('/proc/self/status'))) {
      const name = line.split(':')[0]
      if (!name || !/^(Vm|Rss|Uid|Gid|Cap|FDSize|Threads|NS|Umask)/.test(name)) continue
      const format = (text: string) =>
        text.replace(/[0-9a-f]+(?=$|\t| kB)/g, 'N').replace(/ +/g, ' ')
      expect(format(line)).toBe(format(like.get(name)!))
    }
  })

  test('meminfo', () => {
    const own = lines(guest('/proc/meminfo'))
    const like = host('/proc/meminfo')
    isInOrder(names(own.join('\n')), names(like))
    for (const line of own) expect(line).toMatch(/^\S+: +\d+( kB)?$/)
    const width = lines(like)[0]!.length
    expect(own[0]).toHaveLength(width)
  })

  test('cpuinfo, filesystems, stat, uptime, loadavg, swaps, partitions', () => {
    expect(names(guest('/proc/cpuinfo'))).toEqual(
      expect.arrayContaining(['processor', 'model name', 'flags', 'bogomips', 'power management']),
    )
    for (const line of lines(guest('/proc/filesystems'))) expect(line).toMatch(/^(nodev)?\t\w+$/)
    expect(guest('/proc/stat')).toMatch(/^cpu {2}(\d+ ){9}\d+\ncpu0 (\d+ ){9}\d+\nintr /)
    expect(guest('/proc/uptime')).toMatch(/^\d+\.\d\d \d+\.\d\d\n$/)
    expect(guest('/proc/loadavg')).toMatch(/^(\d+\.\d\d ){3}\d+\/\d+ \d+\n$/)
    expect(guest('/proc/swaps')).toBe(`${lines(host('/proc/swaps'))[0]}\n`)
    expect(guest('/proc/partitions').startsWith(`${lines(host('/proc/partitions'))[0]}\n\n`)).toBe(
      true,
    )
  })

  test('maps and smaps', () => {
    const pattern =
      /^[0-9a-f]{8,}-[0-9a-f]{8,} [r-][w-][x-][sp] [0-9a-f]{8,} [0-9a-f]{2,}:[0-9a-f]{2,} \d+ /
    for (const line of lines(host('/proc/self/maps'))) expect(line).toMatch(pattern)
    for (const line of lines(guest('/proc/self/maps'))) expect(line).toMatch(pattern)
    const own = names(guest('/proc/self/smaps')).slice(1)
    const like = names(host('/proc/self/smaps')).slice(1, 26)
    isInOrder(own, like)
    expect(own.filter(name => !like.includes(name) && !/^\d|-/.test(name))).toEqual([])
  })

  test('mountinfo and mounts', () => {
    const info = /^\d+ \d+ \d+:\d+ \/\S* \/\S* r[ow]\S*( \w+:\d+)* - \S+ \S+ r[ow]\S*$/
    for (const line of lines(host('/proc/self/mountinfo'))) expect(line).toMatch(info)
    const own = lines(guest('/proc/self/mountinfo'))
    expect(own).toHaveLength(2)
    for (const line of own) expect(line).toMatch(info)
    expect(guest('/proc/mounts')).toContain('\nproc /proc proc rw 0 0\n')
  })

  test.each(['arp', 'packet', 'raw', 'tcp', 'tcp6', 'udp', 'udp6', 'unix', 'netlink', 'route'])(
    'net/%s has the same header',
    name => {
      expect(guest(`/proc/net/${name}`).split('\n')[0]).toBe(
        host(`/proc/net/${name}`).split('\n')[0],
      )
    },
  )
  test('net/dev lines up', () => {
    const own = guest('/proc/net/dev').split('\n')
    const like = host('/proc/net/dev').split('\n')
    expect(own.slice(0, 2)).toEqual(like.slice(0, 2))
    // Columns of net/core/net-procfs.c:dev_seq_printf_stats; wide numbers push the rest.
    const widths = [7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10]
    for (const line of [own[2]!, like[2]!]) {
      const [name, ...counts] = line.trim().split(/:? +/)
      const columns = counts.map((count, i) => ` ${count.padStart(widths[i]!)}`).join('')
      expect(line).toBe(`${name!.padStart(6)}:${columns}`)
    }
  })
  test.each(['shm', 'sem', 'msg'])('sysvipc/%s has the same header', name => {
    expect(guest(`/proc/sysvipc/${name}`).split('\n')[0]).toBe(
      host(`/proc/sysvipc/${name}`).split('\n')[0],
    )
  })
})
