// What a name leads to in the layers of an overlay. (fs/overlay)
// Linux fs/overlayfs/namei.c.

import { EACCES, EINVAL, ELOOP, EPERM, S_IFDIR, S_IFREG } from '@tsvisor/abi'
import type { Inode } from '../../vfs/inode.ts'
import { MAY_EXEC } from '../../vfs/permission.ts'
import { isWhiteout, type LayerFile } from './layer.ts'
import type { MergedInode } from './merged-inode.ts'
import { encodeOrigin } from './origin.ts'
import type { Overlay } from './overlay.ts'

/** Errors: EACCES, ELOOP (it is a layer itself), EPERM (marks that are not followed), EINVAL (marks that make no sense). */
export function lookupMerged(directory: MergedInode, name: string): MergedInode | undefined {
  const { fs } = directory
  if (directory.upper !== undefined) fs.check(directory.upper, MAY_EXEC)
  const upper = directory.upper?.lookup(name)
  const place = { directory, name }
  if (upper === undefined) {
    const lowers = lookupLower(directory, name)
    if (lowers.length === 0) return undefined
    return fs.ofLower(lowers, place)
  }
  if (isWhiteout(upper)) return undefined
  checkFile(fs, upper)
  if (upper.type !== S_IFDIR || isAlone(directory, upper)) return fs.ofUpper(upper, [], place)
  const redirect = redirectOf(fs, upper)
  const lowers = lookupLower(directory, redirect ?? name).filter(isDirectory)
  if (lowers.length > 0) {
    if (redirect !== undefined && !fs.followsRedirects) throw EPERM
    noteOrigin(directory, upper, lowers[0]!)
  }
  return fs.ofUpper(upper, lowers, place)
}

/** Whether no lower directory can show through an upper one. */
const isAlone = ({ fs, lowers }: MergedInode, upper: Inode): boolean =>
  (lowers.length === 0 && !fs.followsRedirects) || fs.marks.isOpaque(upper)
const isDirectory = ({ inode }: LayerFile): boolean => inode.type === S_IFDIR

/**
 * One that is no directory, or the directories that are merged. `path`: a name in the directory, or an absolute path in
 * all layers.
 */
function lookupLower({ fs, lowers }: MergedInode, path: string): LayerFile[] {
  const found: LayerFile[] = []
  let names = path
  let stack = path.startsWith('/') ? fs.lowers : lowers
  for (let i = 0; i < stack.length; i++) {
    const layer = stack[i]!
    const step = walkLayer(fs, layer, names, i === stack.length - 1)
    const { inode } = step
    if (inode !== undefined) {
      if (inode.type !== S_IFDIR && found.length > 0) break
      found.push({ inode, fsIndex: layer.fsIndex, index: layer.index })
    }
    if (step.stops) break
    if (step.names !== names && inode !== undefined && !fs.followsRedirects) throw EPERM
    names = step.names
    if (!names.startsWith('/') || stack === fs.lowers) continue
    stack = fs.lowers
    i = layer.index
  }
  return found
}

interface Step {
  readonly inode: Inode | undefined
  /** Nothing of further layers shows. */
  readonly stops: boolean
  /** The path in further layers. */
  readonly names: string
}

/** `isLast`: whether the directory is opaque makes no difference. */
function walkLayer(fs: Overlay, { inode: top }: LayerFile, path: string, isLast: boolean): Step {
  const isAbsolute = path.startsWith('/')
  const parts = isAbsolute ? path.slice(1).split('/') : [path]
  let at = top
  let stops = false
  let names = path
  for (const [i, part] of parts.entries()) {
    fs.check(at, MAY_EXEC)
    const inode = at.lookup(part)
    if (inode === undefined) return { inode, stops, names }
    if (isWhiteout(inode)) return { inode: undefined, stops: true, names }
    checkFile(fs, inode)
    if (inode.type !== S_IFDIR)
      return { inode: i === parts.length - 1 ? inode : undefined, stops: true, names }
    at = inode
    if (!isLast && fs.marks.isOpaque(inode)) {
      stops = true
      continue
    }
    const redirect = redirectOf(fs, inode)
    if (redirect === undefined) continue
    const prefix = redirect.startsWith('/') || !isAbsolute ? '' : `/${parts.slice(0, i).join('/')}`
    const rest = parts.slice(i + 1).map(each => `/${each}`)
    names = `${prefix === '' || prefix === '/' ? prefix : `${prefix}/`}${redirect}${rest.join('')}`
    if (redirect.startsWith('/')) stops = false
  }
  return { inode: at, stops, names }
}

/** Where further layers have a directory that was moved: a name, or an absolute path. Errors: EINVAL, EACCES. */
export function redirectOf({ marks }: Overlay, directory: Inode): string | undefined {
  // Where asking is a question to a server, such marks are not looked for.
  if (directory.fs.type === GOFER) return undefined
  const mark = marks.get(directory, 'redirect')
  if (mark === undefined) return undefined
  if (mark.length > MAX_PATH) throw EINVAL
  const path = String.fromCharCode(...mark)
  const names = path.startsWith('/') ? path.slice(1).split('/') : [path]
  if (names.includes('.') || names.includes('..')) throw EACCES
  if (!names.every(isName)) throw EINVAL
  return path
}
const MAX_PATH = 4096
/** Whether it may be asked for in a directory. */
const isName = (text: string): boolean =>
  text !== '' && text.length <= 255 && !text.includes('/') && !text.includes('\0')

/** Errors: ELOOP, EPERM. */
function checkFile({ traps, marks }: Overlay, inode: Inode): void {
  if (traps.has(inode)) throw ELOOP
  if (inode.type !== S_IFREG || inode.fs.type === GOFER) return
  if (marks.get(inode, 'metacopy') !== undefined) throw EPERM
}

const GOFER = '9p'

/** Merged directories that were not copied up are marked when they are found (ovl_fix_origin). */
function noteOrigin({ fs, upper: parent }: MergedInode, upper: Inode, { inode }: LayerFile): void {
  const { marks } = fs
  if (fs.upper!.mount.isReadOnly || marks.get(upper, 'origin') !== undefined) return
  marks.set(upper, 'origin', encodeOrigin(fs, inode))
  marks.setImpure(parent!)
}

/** Whether `name` would show a lower file if the upper layer had none of that name. */
export function isBelow({ lowers }: MergedInode, name: string): boolean {
  for (const { inode: layer } of lowers) {
    const inode = layer.lookup(name)
    if (inode !== undefined) return !isWhiteout(inode)
  }
  return false
}
