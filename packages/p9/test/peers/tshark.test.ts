// Wireshark's decoder, where tshark is installed, reads every message as we mean it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  encodeReply,
  encodeRequest,
  FIRST_EXTENSION_TYPE,
  type MessageName,
  messages,
  Writer,
} from '../../src/index.ts'
import { example } from '../example.ts'
import { isInstalled } from './installed.ts'
import { capture } from './pcap.ts'

const names = (Object.keys(messages) as MessageName[]).filter(
  name => messages[name].type < FIRST_EXTENSION_TYPE,
)
/** Wireshark reads a flags[4] that is not there. */
const DEFECT = new Set<MessageName>(['getlock'])

interface Decoded {
  readonly type: number
  readonly fields: string
  readonly malformed: boolean
}

const decode = (packets: readonly Uint8Array[]): Decoded[] => {
  const dir = mkdtempSync(join(tmpdir(), 'p9-tshark-'))
  try {
    const file = join(dir, 'capture.pcap')
    writeFileSync(file, capture(packets))
    const flags = ['-r', file, '-d', 'tcp.port==564,9p', '-T', 'json', '--no-duplicate-keys']
    const out = execFileSync('tshark', flags, {
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.parse(String(out)).map(
      (packet: { _source: { layers: Record<string, unknown> } }) => {
        const { layers } = packet._source
        const p9 = layers['9p'] as Record<string, string>
        return {
          type: Number(p9?.['9p.msgtype'] ?? -1),
          fields: JSON.stringify(p9 ?? null),
          malformed: '_ws.malformed' in layers || JSON.stringify(layers).includes('_ws.malformed'),
        }
      },
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Numbers in every form it prints them: plain, hexadecimal, as a time of 1970, as bytes it left alone. */
const shownNumbers = (fields: string): Set<number> => {
  const shown = new Set(fields.match(/0x[0-9a-f]+|\d+/g)!.map(Number))
  for (const [, minutes, seconds] of fields.matchAll(/:(\d\d):(\d\d)\./g)) {
    shown.add(Number(minutes) * 60 + Number(seconds))
  }
  for (const [, bytes] of fields.matchAll(/message_data":"([0-9a-f:]+)"/g)) {
    const raw = Buffer.from(bytes!.replaceAll(':', ''), 'hex')
    for (let at = 0; at + 4 <= raw.length; at += 4) shown.add(raw.readUInt32LE(at))
  }
  return shown
}

describe.runIf(isInstalled('tshark'))('tshark', () => {
  it('knows every message, finds none malformed, and sees our values', () => {
    const packets: Uint8Array[] = []
    const wanted: { name: MessageName; type: number; texts: string[]; numbers: number[] }[] = []
    const w = new Writer(new Uint8Array(4096))
    for (const name of names) {
      const { type, request, reply } = messages[name]
      for (const [field, encode, plus] of [
        [request, encodeRequest, 0],
        [reply, encodeReply, 1],
      ] as const) {
        if (name === 'lerror' && plus === 0) continue
        const texts: string[] = []
        const numbers: number[] = []
        const body = example(field, texts, numbers)
        packets.push(w.bytes.slice(0, encode(w, name, 7, body as never)))
        wanted.push({ name, type: type + plus, texts, numbers })
      }
    }
    const decoded = decode(packets)
    expect(decoded).toHaveLength(packets.length)
    const unread: string[] = []
    for (const [i, { name, type, texts, numbers }] of wanted.entries()) {
      const { type: seen, fields, malformed } = decoded[i]!
      expect(seen, name).toBe(type)
      if (DEFECT.has(name)) continue
      // The entries of a directory it leaves as they are.
      if (type === messages.readdir.type + 1) continue
      expect(malformed, `${name} ${type}: ${fields}`).toBe(false)
      const shown = shownNumbers(fields)
      const missing = [
        ...texts.filter(text => !fields.includes(text)),
        // Of setattr's mask it shows the bits that it knows.
        ...numbers.filter(number => !shown.has(number) && !shown.has(number & 0x1ff)),
      ]
      if (missing.length > 0) unread.push(`${type} ${name}: ${missing} ${fields}`)
    }
    expect(unread).toEqual([])
  })
})
