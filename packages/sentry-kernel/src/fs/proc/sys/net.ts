// /proc/sys/net. (fs/proc)
// Documentation/admin-guide/sysctl/net.rst, Documentation/networking/ip-sysctl.rst.

import { type Declarations, numbersIn, type Range, shown } from './sysctl.ts'

/** Of the reader's or writer's network namespace. */
const numbers = numbersIn(task => task.namespaces.net.controls)
const number = (initial: number, range?: Range) => numbers([initial], range)

const bit = (initial: number) => number(initial, { max: 1 })
const port = { min: 0, max: 65_535 }

const interfaceControls = (): Declarations => ({
  accept_redirects: bit(1),
  arp_announce: number(0, { max: 2 }),
  arp_ignore: number(0, { max: 8 }),
  forwarding: bit(0),
  rp_filter: number(0, { max: 2 }),
})

export const netControls: Declarations = {
  core: {
    default_qdisc: shown(() => 'pfifo_fast'),
    netdev_max_backlog: number(1000),
    optmem_max: number(131_072),
    rmem_default: number(212_992, { min: 2304 }),
    rmem_max: number(212_992, { min: 2304 }),
    somaxconn: number(4096),
    wmem_default: number(212_992, { min: 4608 }),
    wmem_max: number(212_992, { min: 4608 }),
  },
  ipv4: {
    conf: { all: interfaceControls(), default: interfaceControls(), lo: interfaceControls() },
    igmp_link_local_mcast_reports: bit(1),
    igmp_max_memberships: number(20),
    igmp_max_msf: number(10),
    igmp_qrv: number(2, { min: 1 }),
    ip_default_ttl: number(64, { min: 1, max: 255 }),
    ip_forward: bit(0),
    ip_local_port_range: numbers([32_768, 60_999], { min: 1, max: 65_535 }),
    ip_local_reserved_ports: shown(() => ''),
    ip_nonlocal_bind: bit(0),
    ip_unprivileged_port_start: number(1024, port),
    icmp_echo_ignore_all: bit(0),
    ping_group_range: numbers([1, 0], { max: 0x7fff_ffff }),
    tcp_abort_on_overflow: bit(0),
    tcp_allowed_congestion_control: shown(() => 'reno cubic'),
    tcp_available_congestion_control: shown(() => 'reno cubic'),
    tcp_congestion_control: shown(() => 'cubic'),
    tcp_dsack: bit(1),
    tcp_ecn: number(2, { max: 2 }),
    tcp_fastopen: number(1),
    tcp_fin_timeout: number(60, { min: 1 }),
    tcp_keepalive_intvl: number(75, { min: 1, max: 32_767 }),
    tcp_keepalive_probes: number(9, { min: 1, max: 127 }),
    tcp_keepalive_time: number(7200, { min: 1, max: 32_767 }),
    tcp_max_syn_backlog: number(1024),
    tcp_max_tw_buckets: number(65_536),
    tcp_moderate_rcvbuf: bit(1),
    tcp_retries1: number(3, { max: 255 }),
    tcp_retries2: number(15, { min: 8, max: 255 }),
    tcp_rmem: numbers([4096, 131_072, 6_291_456], { min: 1 }),
    tcp_sack: bit(1),
    tcp_slow_start_after_idle: bit(1),
    tcp_syn_retries: number(6, { min: 1, max: 127 }),
    tcp_synack_retries: number(5, { max: 255 }),
    tcp_syncookies: number(1, { max: 2 }),
    tcp_timestamps: number(1, { max: 2 }),
    tcp_tw_reuse: number(2, { max: 2 }),
    tcp_window_scaling: bit(1),
    tcp_wmem: numbers([4096, 16_384, 4_194_304], { min: 1 }),
  },
  unix: { max_dgram_qlen: number(512) },
}
