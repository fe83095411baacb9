// From text of the host (UTF-16) to the guest's: one char for each byte of its UTF-8. (runsc)

import type { ByteString } from '../boot/boot-config.ts'

export const toBytes = (text: string): ByteString => Buffer.from(text, 'utf8').toString('latin1')
export const fromBytes = (bytes: ByteString): string =>
  Buffer.from(bytes, 'latin1').toString('utf8')
