// Sockets, descriptors that wait, terminals, filters. (host test)

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { EAGAIN, ENOTTY, EPIPE } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import { expect, it } from 'vitest'

it('passes descriptors beside bytes', () => {
  const [a, b] = host.socketpair(host.SOCK_STREAM)
  const [read, write] = host.pipe2(0o2000000)
  expect(host.sendmsg(a, Uint8Array.of(1, 2, 3), [read, write], 0)).toBe(3)
  const bytes = new Uint8Array(8)
  const fds: number[] = []
  expect(host.recvmsg(b, bytes, fds, 0)).toBe(3)
  expect([...bytes.subarray(0, 3)]).toEqual([1, 2, 3])
  expect(fds.length).toBe(2)
  host.write(fds[1]!, Uint8Array.of(42))
  expect(host.read(read, bytes)).toBe(1)
  expect(bytes[0]).toBe(42)
  expect(host.fcntl(fds[0]!, 1, 0)).toBe(1) // FD_CLOEXEC
  expect(() => host.recvmsg(b, bytes, fds, host.MSG_DONTWAIT)).toThrow(EAGAIN)
  host.close(a)
  expect(host.recvmsg(b, bytes, fds, 0)).toBe(0)
  expect(() => host.send(b, bytes, 0)).toThrow(EPIPE)
  for (const fd of [b, read, write, ...fds]) host.close(fd)
})

it('passes as many descriptors as the kernel allows', () => {
  const [a, b] = host.socketpair(host.SOCK_SEQPACKET)
  const many = Array.from({ length: host.MAX_PASSED_FDS }, () => a)
  host.sendmsg(a, Uint8Array.of(1), many, 0)
  const fds: number[] = []
  host.recvmsg(b, new Uint8Array(1), fds, 0)
  expect(fds.length).toBe(host.MAX_PASSED_FDS)
  for (const fd of [a, b, ...fds]) host.close(fd)
})

it('listens, connects and accepts on abstract names', () => {
  const name = `\0tsvisor-test-${process.pid}`
  const server = host.unixSocket(host.SOCK_STREAM)
  host.bindUnix(server, name)
  host.listen(server, 1)
  const client = host.unixSocket(host.SOCK_STREAM)
  host.connectUnix(client, name)
  const accepted = host.accept(server, 0)
  host.send(client, Uint8Array.of(7), 0)
  const byte = new Uint8Array(1)
  expect(host.recv(accepted, byte, 0)).toBe(1)
  expect(byte[0]).toBe(7)
  host.shutdownSocket(client, 1)
  expect(host.recv(accepted, byte, 0)).toBe(0)
  for (const fd of [server, client, accepted]) host.close(fd)
})

it('a signal ends the wait for a descriptor', async () => {
  const [reader, writer] = host.pipe2(0)
  const hear = () => {}
  process.on('SIGUSR2', hear)
  for (const wait of [
    () => host.poll1(reader, 1, 60_000),
    () => host.pollReadable([reader], 60_000) + 1,
  ]) {
    const sender = spawn('sh', ['-c', `while kill -USR2 ${process.pid}; do sleep 0.1; done`])
    expect(wait()).toBe(0)
    sender.kill()
    await once(sender, 'exit')
  }
  process.off('SIGUSR2', hear)
  host.close(reader)
  host.close(writer)
})

it('a timerfd fires at its deadline', () => {
  const timer = host.timerfdCreate()
  const { sec, nsec } = host.clockGetTime(host.CLOCK_MONOTONIC)
  host.timerfdSet(timer, sec * 1e9 + nsec + 5e6)
  expect(host.poll1(timer, 1, 0)).toBe(0)
  expect(host.poll1(timer, 1, 1000)).toBe(1)
  host.timerfdSet(timer, -5)
  expect(host.poll1(timer, 1, 1000)).toBe(1)
  host.timerfdSet(timer, undefined)
  expect(host.poll1(timer, 1, 0)).toBe(0)
  host.close(timer)
})

it('terminals: window size, raw mode, who is one', () => {
  const { master, slave } = host.openpty()
  expect(host.isatty(slave)).toBe(true)
  host.setWindowSize(master, { rows: 30, columns: 99, xPixels: 0, yPixels: 0 })
  expect(host.getWindowSize(slave)).toEqual({ rows: 30, columns: 99, xPixels: 0, yPixels: 0 })
  const before = host.getTermios(slave)
  host.setTermios(slave, host.makeRaw(before), 'now')
  expect(host.getTermios(slave)).toEqual(host.makeRaw(before))
  host.write(master, Uint8Array.of(3, 13)) // no signal, no translation
  const bytes = new Uint8Array(4)
  expect(host.poll1(slave, 1, 1000)).toBe(1)
  expect(host.bytesReadable(slave)).toBe(2)
  expect(host.read(slave, bytes)).toBe(2)
  expect([...bytes.subarray(0, 2)]).toEqual([3, 13])
  host.close(slave)
  host.close(master)
  const file = host.memfdCreate('x')
  expect(host.isatty(file)).toBe(false)
  expect(() => host.getWindowSize(file)).toThrow(ENOTTY)
  host.close(file)
})

it('a shared mapping and its file are the same bytes', () => {
  const fd = host.memfdCreate('map')
  host.ftruncate(fd, 8192)
  const region = host.mapShared(fd, 4096, 4096)
  region.bytes[5] = 9
  const byte = new Uint8Array(1)
  host.pread(fd, byte, 4101)
  expect(byte[0]).toBe(9)
  expect(host.readRaw(fd, host.at(host.addressOf(region.bytes), 100), 3996)).toBe(3996)
  host.unmapRegion(region)
  host.close(fd)
})

it('knows CPUs, limits and clocks', () => {
  const cpus = host.cpusIn(host.getAffinity(0))
  expect(cpus).toContain(host.currentCpu())
  const limit = host.getLimit(7)
  host.setLimit(7, limit.soft, limit.hard)
  expect(host.getLimit(7)).toEqual(limit)
  expect(Math.abs(host.clockGetTime(0).sec - Date.now() / 1000)).toBeLessThan(2)
  const random = new Uint8Array(1000)
  host.getRandom(random)
  expect(new Set(random).size).toBeGreaterThan(100)
})

it('a filter answers with the errno it was told to', () => {
  const source = `
    const host = await import('@tsvisor/host')
    host.installSeccomp(host.assembleBpf([
      { op: 'load', offset: host.SECCOMP_DATA.nr },
      { op: 'jeq', value: host.NR.umask, no: 'ok' },
      { op: 'return', value: host.SECCOMP_RET.ERRNO | 62 },
      { op: 'label', name: 'ok' },
      { op: 'return', value: host.SECCOMP_RET.ALLOW },
    ]))
    try { host.umask(0) } catch (error) { console.log(error.name) }`
  const args = [
    '--conditions=tsvisor-source',
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    source,
  ]
  const cwd = new URL('..', import.meta.url)
  const done = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  expect(done.stdout + done.stderr).toBe('ETIME\n')
})

it('leaks no descriptor', () => {
  const count = () => fs.readdirSync('/proc/self/fd').length
  const before = count()
  for (let i = 0; i < 50; i++) host.close(host.eventfd(0))
  expect(count()).toBe(before)
})
