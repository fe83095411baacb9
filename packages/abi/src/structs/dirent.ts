// Writing directory entries as getdents(2) and getdents64(2) return them. (abi, pure)

const writeName = (view: DataView, at: number, name: string, end: number): void => {
  for (let i = 0; i < name.length; i++) view.setUint8(at + i, name.charCodeAt(i))
  for (let i = at + name.length; i < end; i++) view.setUint8(i, 0)
}
const writeWide = (view: DataView, at: number, value: number): void => {
  view.setUint32(at, value, true)
  view.setInt32(at + 4, Math.floor(value / 2 ** 32), true)
}
const writeHead = (view: DataView, at: number, ino: number, off: number, size: number): void => {
  writeWide(view, at, ino)
  writeWide(view, at + 8, off)
  view.setUint16(at + 16, size, true)
}

/**
 * Writes one struct linux_dirent64 at `at`. `off` is the position after this entry, `type` a DT_*
 * value, `name` a byte string. Returns the bytes used (a multiple of 8), or 0 if fewer than that
 * are left in `view`. Source: Linux fs/readdir.c:filldir64.
 */
export function writeDirent64(
  view: DataView,
  at: number,
  ino: number,
  off: number,
  type: number,
  name: string,
): number {
  const size = (19 + name.length + 1 + 7) & ~7
  if (at + size > view.byteLength) return 0
  writeHead(view, at, ino, off, size)
  view.setUint8(at + 18, type)
  writeName(view, at + 19, name, at + size)
  return size
}

/**
 * As writeDirent64, the older struct linux_dirent of getdents(2): the type is in the last byte.
 * Source: Linux fs/readdir.c:filldir.
 */
export function writeDirent(
  view: DataView,
  at: number,
  ino: number,
  off: number,
  type: number,
  name: string,
): number {
  const size = (18 + name.length + 2 + 7) & ~7
  if (at + size > view.byteLength) return 0
  writeHead(view, at, ino, off, size)
  writeName(view, at + 18, name, at + size)
  view.setUint8(at + size - 1, type)
  return size
}
