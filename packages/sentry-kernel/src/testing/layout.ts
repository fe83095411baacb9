// Where the harness keeps what is its own in a guest's address space. (testing)

/**
 * Memory of the harness itself, in every space: stacks and buffers of the guest functions. Inside user
 * space, so that system calls take it, and far from where the kernel maps things of its own accord.
 */
export const RUNTIME_START = 0x0100_0000_0000
export const RUNTIME_END = 0x0180_0000_0000
/** Stack and buffers of one thread. */
export const SLOT_SIZE = 1 << 20
