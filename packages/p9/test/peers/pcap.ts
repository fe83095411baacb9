// A capture file of messages between a 9P client and server.
// Source: the libpcap file format; Ethernet, IPv4 and TCP headers as short as they may be.

const record = (message: Uint8Array, seq: number): Buffer => {
  const length = 14 + 20 + 20 + message.length
  const bytes = Buffer.alloc(16 + length)
  bytes.writeUInt32LE(seq, 0)
  bytes.writeUInt32LE(length, 8)
  bytes.writeUInt32LE(length, 12)
  bytes.writeUInt16BE(0x0800, 16 + 12)
  const ip = 16 + 14
  bytes[ip] = 0x45
  bytes.writeUInt16BE(40 + message.length, ip + 2)
  bytes[ip + 8] = 64
  bytes[ip + 9] = 6
  // Requests have even types and go to port 564.
  const isRequest = message[4]! % 2 === 0
  bytes.writeUInt32BE(isRequest ? 0x7f000001 : 0x7f000002, ip + 12)
  bytes.writeUInt32BE(isRequest ? 0x7f000002 : 0x7f000001, ip + 16)
  const tcp = ip + 20
  bytes.writeUInt16BE(isRequest ? 40_000 + seq : 564, tcp)
  bytes.writeUInt16BE(isRequest ? 564 : 40_000 + seq, tcp + 2)
  bytes.writeUInt32BE(1, tcp + 4)
  bytes[tcp + 12] = 0x50
  bytes[tcp + 13] = 0x18
  bytes.writeUInt16BE(0xffff, tcp + 14)
  bytes.set(message, tcp + 20)
  return bytes
}

export const capture = (messages: readonly Uint8Array[]): Buffer => {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(65535, 16)
  head.writeUInt32LE(1, 20)
  return Buffer.concat([head, ...messages.map(record)])
}
