// Terminals: termios, window size. (abi, pure)

import { bytes, struct, u8, u16, u32 } from '../struct.ts'

/** TCGETS: the kernel's 36 bytes, not glibc's 60. */
export const termios = struct('termios', {
  c_iflag: u32,
  c_oflag: u32,
  c_cflag: u32,
  c_lflag: u32,
  c_line: u8,
  c_cc: bytes(19),
})
/** TCGETS2. Speeds in bits per second. */
export const termios2 = struct('termios2', {
  c_iflag: u32,
  c_oflag: u32,
  c_cflag: u32,
  c_lflag: u32,
  c_line: u8,
  c_cc: bytes(19),
  c_ispeed: u32,
  c_ospeed: u32,
})
/** TIOCGWINSZ. */
export const winsize = struct('winsize', {
  ws_row: u16,
  ws_col: u16,
  ws_xpixel: u16,
  ws_ypixel: u16,
})
