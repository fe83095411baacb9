// Which extended attributes a guest may see and set on the host. (gofer)

import { EPERM } from '@tsvisor/abi'

/**
 * trusted.* steers the host's own file systems (overlayfs) and security.* its security modules:
 * neither is the guest's to set. File capabilities are, like set-user-id bits.
 */
export const checkSettable = (name: string): void => {
  if (name.startsWith('trusted.')) throw EPERM
  if (name.startsWith('security.') && name !== 'security.capability') throw EPERM
}

export const visible = (name: string): boolean => !name.startsWith('trusted.')
