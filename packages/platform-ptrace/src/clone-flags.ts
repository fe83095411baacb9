// What stubs share with the one that they are cloned from: clone(2). (platform-ptrace)

export const CLONE_PROCESS = 0x400 | 0x2000 | 0x8000 // FILES | PTRACE | PARENT
export const CLONE_THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x2000 | 0x10000 | 0x40000 // VM FS FILES SIGHAND PTRACE THREAD SYSVSEM
