// TCP_INFO: what a connection tells of itself. (socket/inet)
// Linux net/ipv4/tcp.c: tcp_get_info.

import { TCP_CLOSE, TCP_LISTEN, tcp_info } from '@tsvisor/abi'
import { LOOPBACK_MSS } from './tcp-options.ts'

const NOTHING = tcp_info.decode(new Uint8Array(tcp_info.size))
/** tcp_init_sock: no round trip was measured, the window was never reduced. */
const INITIAL = {
  ...NOTHING,
  tcpi_rto: 1_000_000,
  tcpi_snd_mss: 536,
  tcpi_rttvar: 250_000,
  tcpi_snd_ssthresh: 0x7fff_ffff,
  tcpi_snd_cwnd: 10,
  tcpi_reordering: 3,
}
/** As on a loopback interface, where a round trip takes microseconds and the time-out is the least there is. */
const CONNECTED = {
  ...INITIAL,
  /** Time stamps, SACK, window scaling. */
  tcpi_options: 7,
  tcpi_wscale: 0xaa,
  tcpi_rto: 200_000,
  tcpi_snd_mss: 32_768,
  tcpi_rcv_mss: 536,
  tcpi_advmss: LOOPBACK_MSS,
  tcpi_pmtu: 65_535,
  tcpi_rtt: 30,
  tcpi_rttvar: 15,
  tcpi_rcv_ssthresh: 65_495,
  tcpi_reordering: 7,
}
const LISTENING = { ...NOTHING, tcpi_snd_cwnd: 10, tcpi_reordering: 3 }

/** struct tcp_info of a socket in a state (TCP_ESTABLISHED …). */
export function tcpInfo(state: number): Uint8Array {
  const info = state === TCP_LISTEN ? LISTENING : state === TCP_CLOSE ? INITIAL : CONNECTED
  return tcp_info.encode({ ...info, tcpi_state: state })
}
