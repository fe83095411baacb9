// statfs(2): filesystem kinds and f_flags. (abi, pure)

export const TMPFS_MAGIC = 0x1021994
export const RAMFS_MAGIC = 0x858458f6
export const EXT4_SUPER_MAGIC = 0xef53
export const XFS_SUPER_MAGIC = 0x58465342
export const BTRFS_SUPER_MAGIC = 0x9123683e
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630
export const PROC_SUPER_MAGIC = 0x9fa0
export const SYSFS_MAGIC = 0x62656572
export const DEVPTS_SUPER_MAGIC = 0x1cd1
export const CGROUP_SUPER_MAGIC = 0x27e0eb
export const CGROUP2_SUPER_MAGIC = 0x63677270
export const PIPEFS_MAGIC = 0x50495045
export const SOCKFS_MAGIC = 0x534f434b
export const ANON_INODE_FS_MAGIC = 0x9041934
export const NSFS_MAGIC = 0x6e736673
export const V9FS_MAGIC = 0x1021997
export const FUSE_SUPER_MAGIC = 0x65735546
export const HUGETLBFS_MAGIC = 0x958458f6
export const SQUASHFS_MAGIC = 0x73717368
export const NFS_SUPER_MAGIC = 0x6969
export const SECURITYFS_MAGIC = 0x73636673
export const DEBUGFS_MAGIC = 0x64626720
export const TRACEFS_MAGIC = 0x74726163
export const BPF_FS_MAGIC = 0xcafe4a11
export const BINFMTFS_MAGIC = 0x42494e4d
export const SELINUX_MAGIC = 0xf97cff8c
export const MSDOS_SUPER_MAGIC = 0x4d44
export const ISOFS_SUPER_MAGIC = 0x9660
export const MQUEUE_MAGIC = 0x19800202
export const PID_FS_MAGIC = 0x50494446
/** f_type. */
export const filesystemMagics = () =>
  ({
    TMPFS_MAGIC,
    RAMFS_MAGIC,
    EXT4_SUPER_MAGIC,
    XFS_SUPER_MAGIC,
    BTRFS_SUPER_MAGIC,
    OVERLAYFS_SUPER_MAGIC,
    PROC_SUPER_MAGIC,
    SYSFS_MAGIC,
    DEVPTS_SUPER_MAGIC,
    CGROUP_SUPER_MAGIC,
    CGROUP2_SUPER_MAGIC,
    PIPEFS_MAGIC,
    SOCKFS_MAGIC,
    ANON_INODE_FS_MAGIC,
    NSFS_MAGIC,
    V9FS_MAGIC,
    FUSE_SUPER_MAGIC,
    HUGETLBFS_MAGIC,
    SQUASHFS_MAGIC,
    NFS_SUPER_MAGIC,
    SECURITYFS_MAGIC,
    DEBUGFS_MAGIC,
    TRACEFS_MAGIC,
    BPF_FS_MAGIC,
    BINFMTFS_MAGIC,
    SELINUX_MAGIC,
    MSDOS_SUPER_MAGIC,
    ISOFS_SUPER_MAGIC,
    MQUEUE_MAGIC,
    PID_FS_MAGIC,
  }) as const

export const ST_RDONLY = 0x1
export const ST_NOSUID = 0x2
export const ST_NODEV = 0x4
export const ST_NOEXEC = 0x8
export const ST_SYNCHRONOUS = 0x10
export const ST_VALID = 0x20
export const ST_MANDLOCK = 0x40
export const ST_NOATIME = 0x400
export const ST_NODIRATIME = 0x800
export const ST_RELATIME = 0x1000
export const ST_NOSYMFOLLOW = 0x2000
/** f_flags. */
export const statfsFlags = () =>
  ({
    ST_RDONLY,
    ST_NOSUID,
    ST_NODEV,
    ST_NOEXEC,
    ST_SYNCHRONOUS,
    ST_VALID,
    ST_MANDLOCK,
    ST_NOATIME,
    ST_NODIRATIME,
    ST_RELATIME,
    ST_NOSYMFOLLOW,
  }) as const
