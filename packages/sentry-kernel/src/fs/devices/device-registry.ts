// The device drivers of a kernel. (fs/devices)

import { kernelLocal } from '../../kernel/kernel-local.ts'
import { registerMemoryDevices } from './memory-devices.ts'
import { DeviceRegistry } from './registry.ts'

/** What device nodes open. Further drivers register themselves when a kernel is built. */
export const deviceRegistry = kernelLocal(() => {
  const registry = new DeviceRegistry()
  registerMemoryDevices(registry)
  return registry
})
