// Which madvise(2) of a guest the host hears of. (platform-ptrace)

/**
 * Advice passed on: NORMAL RANDOM SEQUENTIAL WILLNEED DONTNEED FREE DONTFORK DOFORK HUGEPAGE
 * NOHUGEPAGE WIPEONFORK KEEPONFORK COLD PAGEOUT POPULATE_READ POPULATE_WRITE. The rest is for the
 * kernel alone (REMOVE), a side channel (MERGEABLE) or harms the host (HWPOISON).
 */
export const ADVICE = new Set([0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 18, 19, 20, 21, 22, 23])
