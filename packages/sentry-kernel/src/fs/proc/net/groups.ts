// /proc/net/igmp, mcfilter, and those of version 6: multicast groups and whom their members hear. (fs/proc)
// Linux net/ipv4/igmp.c: igmp_mc_seq_show, igmp_mcf_seq_show; net/ipv6/mcast.c: igmp6_mc_seq_show.

import { groupScope, SCOPE_LINK } from '../../../socket/inet/address6.ts'
import { ALL_HOSTS6, LO_INDEX, LO_NAME } from '../../../socket/loopback.ts'
import type { Address, Group, GroupTable } from '../../../socket/multicast/group-table.ts'
import type { NetNamespace } from '../../../socket/net-namespace.ts'

const hex = (value: number): string => value.toString(16).padStart(8, '0')
/** The bytes of an address as a word of this machine. */
function word(host: number): string {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, host)
  return hex(view.getUint32(0, true)).toUpperCase()
}

const GROUPS = 'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n'

/** Nothing is ever to be reported over the loopback: no timer runs. */
export function igmp({ loopback }: NetNamespace): string {
  const groups = loopback.groups.list()
  if (groups.length === 0) return GROUPS
  const count = String(groups.length).padStart(5)
  const lines = groups.map(
    ({ address, users }) =>
      `\t\t\t\t${word(address)} ${String(users).padStart(5)} 0:00000000\t\t0\n`,
  )
  return `${GROUPS}${LO_INDEX}\t${LO_NAME.padEnd(10)}: ${count}      V3\n${lines.join('')}`
}

/** MAF_LOADED, MAF_NOREPORT */
const LOADED = 4
const UNREPORTED = 8

/** Reports are for what other machines could want to know: no group of this one alone, nor all hosts. */
export function igmp6({ loopback }: NetNamespace): string {
  const lines = loopback.groups6.list().map(({ address, users, isLoaded }) => {
    const isOwn = groupScope(address) < SCOPE_LINK
    const loaded = isLoaded && !isOwn ? LOADED : 0
    const flags = loaded | (isOwn || ALL_HOSTS6.includes(address) ? UNREPORTED : 0)
    const shown = flags.toString(16).toUpperCase().padStart(8, '0')
    return `${String(LO_INDEX).padEnd(4)} ${LO_NAME.padEnd(15)} ${address} ${column(users, 5)} ${shown} 0\n`
  })
  return lines.join('')
}

const column = (value: number | string, width: number): string => String(value).padStart(width)
/** None is shown unless the newest has sources (igmp_mcf_get_first). */
function filtered<A extends Address>(table: GroupTable<A>): Group<A>[] {
  const groups = table.list()
  return groups[0]?.sources.size ? groups : []
}
const SOURCES = 'Idx Device        MCA        SRC    INC    EXC\n'

export function mcfilter({ loopback }: NetNamespace): string {
  let text = SOURCES
  for (const group of filtered(loopback.groups))
    for (const [source, { include, exclude }] of group.sources)
      text +=
        `${column(LO_INDEX, 3)} ${column(LO_NAME, 6)} 0x${hex(group.address)} 0x${hex(source as number)} ` +
        `${column(include, 6)} ${column(exclude, 6)}\n`
  return text
}

const SOURCES6 =
  'Idx Device                Multicast Address                   Source Address    INC    EXC\n'

export function mcfilter6({ loopback }: NetNamespace): string {
  let text = SOURCES6
  for (const group of filtered(loopback.groups6))
    for (const [source, { include, exclude }] of group.sources)
      text +=
        `${column(LO_INDEX, 3)} ${column(LO_NAME, 6)} ${group.address} ${source} ` +
        `${column(include, 6)} ${column(exclude, 6)}\n`
  return text
}
