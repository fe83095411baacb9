// How much of a TCP connection's data the buffers of both sides hold. (socket/inet)
// Linux net/ipv4/tcp.c: tcp_init_sock; tcp_input.c: tcp_sndbuf_expand, tcp_win_from_space.

import type { SocketOptions } from '../socket-options.ts'

/** How far a send buffer grows that nobody set, bytes. */
const AUTOTUNED_SEND = 196_608
/** A buffer of either side holds no more, whatever was set, bytes (net.ipv4.tcp_mem). */
const MOST_BUFFER = 8 * 1024 * 1024
/** net.ipv4.tcp_wmem and tcp_rmem, the middle values. */
export const DEFAULT_SEND = 16_384
export const DEFAULT_RECEIVE = 131_072

/** Bytes that sends may leave on the sender's side. */
export const sendRoom = ({ sendBuffer, sendBufferLocked }: SocketOptions): number =>
  sendBufferLocked ? Math.min(sendBuffer, MOST_BUFFER) : AUTOTUNED_SEND

/** Bytes that the peer may send ahead: half of the buffer is for what keeps them (tcp_adv_win_scale). */
export const receiveRoom = ({ receiveBuffer }: SocketOptions): number =>
  Math.min(receiveBuffer, MOST_BUFFER) / 2
