// A Debian kernel with a 9P client under qemu: boots, mounts our server, runs check.c or a script, ends.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Address } from '../../../src/node/index.ts'

const HERE = import.meta.dirname
const COMMANDS = ['qemu-system-x86_64', 'busybox', 'cpio', 'gcc', 'modprobe', 'depmod', 'apt-get']
const MODULES = ['virtio_pci', 'virtio_net', '9p', '9pnet_fd']
/** Where the kernel is unpacked, once. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tsvisor-v9fs')
const TIMEOUT_S = 540
/** Where the guest finds the server. */
export const HOST = '10.0.2.100'
export const PORT = 564

const text = (command: string, args: string[], cwd?: string): string =>
  String(execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] }))

/** What keeps a guest from running here; undefined if nothing does. */
export const obstacle = (): string | undefined => {
  const path = (process.env['PATH'] ?? '').split(':').concat('/sbin', '/usr/sbin')
  const missing = COMMANDS.filter(command => !path.some(dir => existsSync(join(dir, command))))
  if (missing.length > 0) return `no ${missing.join(', ')}`
  if (existsSync(join(CACHE, 'boot'))) return undefined
  try {
    fetchKernel()
    return undefined
  } catch (error) {
    return `no kernel package: ${(error as Error).message.split('\n')[0]}`
  }
}

/** Downloads and unpacks Debian's kernel package; nothing is installed. */
const fetchKernel = (): void => {
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(join(CACHE, 'new-'))
  try {
    const depends = text('apt-cache', ['depends', 'linux-image-amd64'])
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1]
    if (name === undefined) throw new Error('linux-image-amd64 depends on no linux-image')
    text('apt-get', ['download', '-q', name], work)
    const archive = readdirSync(work).find(file => file.endsWith('.deb'))!
    text('dpkg-deb', ['-x', archive, '.'], work)
    const version = readdirSync(join(work, 'lib/modules'))[0]!
    text('/sbin/depmod', ['-b', work, version])
    for (const part of ['lib', 'boot']) renameSync(join(work, part), join(CACHE, part))
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** Modules in the order in which they are loaded, as paths. */
const modules = (version: string): string[] => {
  const load = (name: string) =>
    text('/sbin/modprobe', ['-d', CACHE, '-S', version, '--show-depends', name])
  const lines = MODULES.flatMap(name => load(name).split('\n'))
  return [...new Set(lines.flatMap(line => /^insmod (\S+)/.exec(line)?.[1] ?? []))]
}

const initramfs = (dir: string, version: string): string => {
  const root = join(dir, 'root')
  for (const part of ['bin', 'dev', 'proc', 'mnt', 'modules']) {
    mkdirSync(join(root, part), { recursive: true })
  }
  copyFileSync(text('which', ['busybox']).trim(), join(root, 'bin/busybox'))
  copyFileSync(join(HERE, 'init'), join(root, 'init'))
  chmodSync(join(root, 'init'), 0o755)
  const check = ['-O2', '-static', '-o', join(root, 'bin/check'), join(HERE, 'check.c')]
  text('gcc', check)
  const order = modules(version).map(path => {
    const name = basename(path).replace(/\.xz$/, '')
    copyFileSync(path, join(root, 'modules', basename(path)))
    if (path.endsWith('.xz')) text('xz', ['-d', join(root, 'modules', basename(path))])
    return name
  })
  writeFileSync(join(root, 'modules.order'), order.join('\n'))
  const archive = join(dir, 'initramfs')
  text('sh', ['-c', `cd '${root}' && find . | cpio -o -H newc >'${archive}'`])
  return archive
}

/** `options` of mount -t 9p. Resolves with what check.c printed. */
export const check = (server: Address, options: string): Promise<string> =>
  guest(server, `p9server=${HOST} p9options=port=${PORT},${options}`)

/** What a shell of the guest prints, to which the server is at HOST, PORT. */
export const shell = (server: Address, script: string): Promise<string> =>
  guest(server, `p9script=${Buffer.from(script).toString('base64')}`)

const guest = async (server: Address, parameters: string): Promise<string> => {
  const dir = mkdtempSync(join(tmpdir(), 'p9-v9fs-'))
  try {
    const version = readdirSync(join(CACHE, 'lib/modules'))[0]!
    // One connection is enough.
    const target =
      server.kind === 'tcp' ? `tcp:${server.host}:${server.port}` : `unix:${server.path}`
    const net = `user,id=n,ipv6=off,restrict=on,guestfwd=tcp:${HOST}:${PORT}-${target}`
    const machine = ['-M', 'q35', '-cpu', 'max', '-m', '512', '-nodefaults', '-no-reboot']
    const devices = ['-netdev', net, '-device', 'virtio-net-pci,netdev=n,romfile=']
    const consoles = ['-display', 'none', '-serial', 'stdio', '-serial', `file:${dir}/console`]
    const image = ['-kernel', join(CACHE, 'boot', `vmlinuz-${version}`)]
    const append = `console=ttyS1 panic=-1 mitigations=off quiet ${parameters}`
    const files = ['-initrd', initramfs(dir, version), '-append', append]
    const args = [...machine, ...devices, ...consoles, ...image, ...files]
    return await output('qemu-system-x86_64', args)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const output = (command: string, args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    child.stdout.on('data', bytes => (out += bytes))
    child.stderr.on('data', bytes => (out += bytes))
    const late = setTimeout(() => {
      out += `\nnot ok - no end after ${TIMEOUT_S} s`
      child.kill('SIGKILL')
    }, TIMEOUT_S * 1000)
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(late)
      resolve(out.replaceAll('\r', ''))
    })
  })
