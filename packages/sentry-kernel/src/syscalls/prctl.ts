// To be filled in. (syscalls)
export {}
