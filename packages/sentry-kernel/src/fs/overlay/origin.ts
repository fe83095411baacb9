// Which lower file an upper one was: the content of the mark "origin". (fs/overlay)
// Linux fs/overlayfs/copy_up.c: ovl_encode_real_fh; overlayfs.h: struct ovl_fb.

import { CAP_DAC_READ_SEARCH } from '@tsvisor/abi'
import { hasCapability } from '../../task/credentials.ts'
import type { FileSystem, Inode } from '../../vfs/inode.ts'
import { Tmpfs } from '../tmpfs/tmpfs.ts'
import type { LayerFile } from './layer.ts'
import type { Overlay } from './overlay.ts'

const VERSION = 0
const MAGIC = 0xfb
const LENGTH = 33
/** FILEID_INO32_GEN, as tmpfs has it. */
const TYPE = 1
const UUID_AT = 5
const INO_AT = 25

const uuids = new WeakMap<FileSystem, Uint8Array>()

/** The number by which marks know a file system; `random` gives a new one. */
function uuidOf(fs: FileSystem, random: () => Uint8Array): Uint8Array {
  let uuid = uuids.get(fs)
  if (uuid === undefined) {
    uuid = random()
    uuids.set(fs, uuid)
  }
  return uuid
}

/** Empty where the file system has no file handles, or who mounted may not open by them. */
export function encodeOrigin({ creds, newUuid }: Overlay, lower: Inode): Uint8Array {
  const hasHandles = hasCapability(creds, CAP_DAC_READ_SEARCH)
  if (!hasHandles || !(lower.fs instanceof Tmpfs)) return new Uint8Array(0)
  const bytes = new Uint8Array(LENGTH)
  bytes.set([VERSION, MAGIC, LENGTH, 0, TYPE])
  bytes.set(uuidOf(lower.fs, newUuid), UUID_AT)
  new DataView(bytes.buffer).setBigUint64(INO_AT, BigInt(lower.attr().ino), true)
  return bytes
}

/** The inode number in a mark, and the one of `layers` that it is from; undefined if it is from none. */
export function decodeOrigin(
  mark: Uint8Array,
  layers: Iterable<LayerFile>,
): { readonly ino: number; readonly fsIndex: number } | undefined {
  if (mark.length !== LENGTH || mark[1] !== MAGIC) return undefined
  for (const { inode, fsIndex } of layers) {
    const uuid = uuids.get(inode.fs)
    if (uuid?.every((byte, i) => byte === mark[UUID_AT + i])) {
      const view = new DataView(mark.buffer, mark.byteOffset, mark.length)
      return { ino: Number(view.getBigUint64(INO_AT, true)), fsIndex }
    }
  }
  return undefined
}
