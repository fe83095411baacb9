// rtnetlink dumps, as glibc asks for them.
import {
  AF_NETLINK,
  AF_PACKET,
  AF_UNSPEC,
  EAFNOSUPPORT,
  EINVAL,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
  SOCK_RAW,
} from '@tsvisor/abi'
import { expect, test } from 'vitest'
import type { Sys } from '../../src/testing/guest.ts'
import { runGuest } from '../../src/testing/index.ts'

/** Sends one request; the [type, sequence, port] and bodies of all answers. */
function* ask(sys: Sys, fd: number, type: number, flags: number, answers: number) {
  const request = new Uint8Array(20)
  const view = new DataView(request.buffer)
  view.setUint32(0, 17, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, 77, true)
  request[16] = AF_UNSPEC
  const kernel = new Uint8Array(12)
  kernel[0] = AF_NETLINK
  expect(yield* sys.sendto(fd, request, 20, 0, kernel, 12)).toBe(20)
  const found: { type: number; sequence: number; body: Uint8Array }[] = []
  while (found.length < answers) {
    const data = new Uint8Array(4096)
    const n = yield* sys.recvfrom(fd, data, 4096, 0, null, null)
    const out = new DataView(data.buffer)
    for (let at = 0; at < n; at += (out.getUint32(at, true) + 3) & ~3) {
      const length = out.getUint32(at, true)
      expect(length).toBeGreaterThanOrEqual(16)
      found.push({
        type: out.getUint16(at + 4, true),
        sequence: out.getUint32(at + 8, true),
        body: data.slice(at + 16, at + length),
      })
    }
  }
  return found
}

test('lo and its addresses', () => {
  runGuest(function* (sys) {
    expect(yield* sys.socket(AF_PACKET, SOCK_RAW, 0)).toBe(-EAFNOSUPPORT.code)
    const fd = yield* sys.socket(AF_NETLINK, SOCK_RAW, 0)
    const name = new Uint8Array(12)
    name[0] = AF_NETLINK
    expect(yield* sys.bind(fd, name, 12)).toBe(0)
    const links = yield* ask(sys, fd, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 2)
    expect(links.map(l => l.type)).toEqual([RTM_NEWLINK, NLMSG_DONE])
    expect(String.fromCharCode(...links[0]!.body.subarray(20, 22))).toBe('lo')
    const addresses = yield* ask(sys, fd, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 3)
    expect(addresses.map(a => [a.type, a.sequence])).toEqual([
      [RTM_NEWADDR, 77],
      [RTM_NEWADDR, 77],
      [NLMSG_DONE, 77],
    ])
    expect([...addresses[0]!.body.subarray(12, 16)]).toEqual([127, 0, 0, 1])
    const [refused] = yield* ask(sys, fd, RTM_NEWLINK, NLM_F_REQUEST, 1)
    expect(refused!.type).toBe(NLMSG_ERROR)
    expect(new DataView(refused!.body.buffer).getInt32(0, true)).toBe(-EINVAL.code)
  })
})
