// The lower layers of an overlay. (fs/overlay)

import { S_IFCHR } from '@tsvisor/abi'
import type { Inode } from '../../vfs/inode.ts'

/** A file of a layer. */
export interface LayerFile {
  readonly inode: Inode
  /** Which of the overlay's file systems it is on, from 0. */
  readonly fsIndex: number
  /** Which of the lower layers it is in, from 0. */
  readonly index: number
}

/** A name that is gone: a character device 0:0. */
export const isWhiteout = (inode: Inode): boolean =>
  inode.type === S_IFCHR && inode.attr().rdev === 0

/** Inode numbers of one file system below the next one's. */
const RANGE = 2 ** 40

/** The overlay's number for a file: that of the layer if all are on one file system, or as with xino=on. */
export const inodeNumber = (ino: number, fsIndex: number): number =>
  ino < RANGE ? fsIndex * RANGE + ino : ino
