// Device numbers as user space sees them. (abi, pure)

/**
 * The dev_t of stat(2) and mknod(2): 12 bits of major, 20 of minor, in 32 bits.
 * Source: Linux include/linux/kdev_t.h:new_encode_dev.
 */
export const makedev = (major: number, minor: number): number =>
  ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0

export const major = (dev: number): number => (dev >>> 8) & 0xfff
export const minor = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00)
