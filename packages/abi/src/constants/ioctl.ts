// ioctl(2) requests on terminals, files, block devices and network interfaces. (abi, pure)

export const TCGETS = 0x5401
export const TCSETS = 0x5402
export const TCSETSW = 0x5403
export const TCSETSF = 0x5404
export const TCGETA = 0x5405
export const TCSETA = 0x5406
export const TCSETAW = 0x5407
export const TCSETAF = 0x5408
export const TCSBRK = 0x5409
export const TCXONC = 0x540a
export const TCFLSH = 0x540b
export const TIOCEXCL = 0x540c
export const TIOCNXCL = 0x540d
export const TIOCSCTTY = 0x540e
export const TIOCGPGRP = 0x540f
export const TIOCSPGRP = 0x5410
export const TIOCOUTQ = 0x5411
export const TIOCSTI = 0x5412
export const TIOCGWINSZ = 0x5413
export const TIOCSWINSZ = 0x5414
export const TIOCMGET = 0x5415
export const TIOCMBIS = 0x5416
export const TIOCMBIC = 0x5417
export const TIOCMSET = 0x5418
export const TIOCGSOFTCAR = 0x5419
export const TIOCSSOFTCAR = 0x541a
export const FIONREAD = 0x541b
export const TIOCLINUX = 0x541c
export const TIOCCONS = 0x541d
export const TIOCGSERIAL = 0x541e
export const TIOCSSERIAL = 0x541f
export const TIOCPKT = 0x5420
export const FIONBIO = 0x5421
export const TIOCNOTTY = 0x5422
export const TIOCSETD = 0x5423
export const TIOCGETD = 0x5424
export const TCSBRKP = 0x5425
export const TIOCSBRK = 0x5427
export const TIOCCBRK = 0x5428
export const TIOCGSID = 0x5429
export const TCGETS2 = 0x802c542a
export const TCSETS2 = 0x402c542b
export const TCSETSW2 = 0x402c542c
export const TCSETSF2 = 0x402c542d
export const TIOCGPTN = 0x80045430
export const TIOCSPTLCK = 0x40045431
export const TIOCGDEV = 0x80045432
export const TCGETX = 0x5432
export const TCSETX = 0x5433
export const TIOCSIG = 0x40045436
export const TIOCVHANGUP = 0x5437
export const TIOCGPKT = 0x80045438
export const TIOCGPTLCK = 0x80045439
export const TIOCGEXCL = 0x80045440
export const TIOCGPTPEER = 0x5441
export const FIONCLEX = 0x5450
export const FIOCLEX = 0x5451
export const FIOASYNC = 0x5452
export const FIOQSIZE = 0x5460
export const BLKROSET = 0x125d
export const BLKROGET = 0x125e
export const BLKRRPART = 0x125f
export const BLKGETSIZE = 0x1260
export const BLKFLSBUF = 0x1261
export const BLKRASET = 0x1262
export const BLKRAGET = 0x1263
export const BLKSSZGET = 0x1268
export const BLKBSZGET = 0x80081270
export const BLKBSZSET = 0x40081271
export const BLKGETSIZE64 = 0x80081272
export const BLKDISCARD = 0x1277
export const BLKIOMIN = 0x1278
export const BLKIOOPT = 0x1279
export const BLKALIGNOFF = 0x127a
export const BLKPBSZGET = 0x127b
export const BLKDISCARDZEROES = 0x127c
export const BLKSECDISCARD = 0x127d
export const BLKROTATIONAL = 0x127e
export const BLKZEROOUT = 0x127f
export const FIBMAP = 0x1
export const FIGETBSZ = 0x2
export const FIFREEZE = 0xc0045877
export const FITHAW = 0xc0045878
export const FITRIM = 0xc0185879
export const FICLONE = 0x40049409
export const FICLONERANGE = 0x4020940d
export const FIDEDUPERANGE = 0xc0189436
export const FS_IOC_GETFLAGS = 0x80086601
export const FS_IOC_SETFLAGS = 0x40086602
export const FS_IOC_GETVERSION = 0x80087601
export const FS_IOC_SETVERSION = 0x40087602
export const FS_IOC_FSGETXATTR = 0x801c581f
export const FS_IOC_FSSETXATTR = 0x401c5820
export const FS_IOC_FIEMAP = 0xc020660b
export const FIOSETOWN = 0x8901
export const SIOCSPGRP = 0x8902
export const FIOGETOWN = 0x8903
export const SIOCGPGRP = 0x8904
export const SIOCATMARK = 0x8905
export const SIOCGSTAMP_OLD = 0x8906
export const SIOCGSTAMPNS_OLD = 0x8907
export const SIOCGSTAMP_NEW = 0x80108906
export const SIOCGSTAMPNS_NEW = 0x80108907
export const SIOCADDRT = 0x890b
export const SIOCDELRT = 0x890c
export const SIOCGIFNAME = 0x8910
export const SIOCGIFCONF = 0x8912
export const SIOCGIFFLAGS = 0x8913
export const SIOCSIFFLAGS = 0x8914
export const SIOCGIFADDR = 0x8915
export const SIOCSIFADDR = 0x8916
export const SIOCGIFDSTADDR = 0x8917
export const SIOCGIFBRDADDR = 0x8919
export const SIOCSIFBRDADDR = 0x891a
export const SIOCGIFNETMASK = 0x891b
export const SIOCSIFNETMASK = 0x891c
export const SIOCGIFMETRIC = 0x891d
export const SIOCGIFMTU = 0x8921
export const SIOCSIFMTU = 0x8922
export const SIOCGIFHWADDR = 0x8927
export const SIOCGIFINDEX = 0x8933
export const SIOCGIFPFLAGS = 0x8935
export const SIOCGIFTXQLEN = 0x8942
export const SIOCETHTOOL = 0x8946
export const SIOCOUTQNSD = 0x894b
export const SIOCGARP = 0x8954
export const SIOCGIFMAP = 0x8970
export const RNDGETENTCNT = 0x80045200
export const RNDADDTOENTCNT = 0x40045201
export const RNDADDENTROPY = 0x40085203
export const RNDZAPENTCNT = 0x5204
export const RNDCLEARPOOL = 0x5206
export const RNDRESEEDCRNG = 0x5207
export const TUNSETIFF = 0x400454ca
export const TUNGETIFF = 0x800454d2
export const TUNSETPERSIST = 0x400454cb
export const TUNSETOWNER = 0x400454cc
export const TUNGETFEATURES = 0x800454cf
export const NS_GET_USERNS = 0xb701
export const NS_GET_PARENT = 0xb702
export const NS_GET_NSTYPE = 0xb703
export const NS_GET_OWNER_UID = 0xb704
/** Requests that programs make of the files this kernel has. */
export const ioctlRequests = () =>
  ({
    TCGETS,
    TCSETS,
    TCSETSW,
    TCSETSF,
    TCGETA,
    TCSETA,
    TCSETAW,
    TCSETAF,
    TCSBRK,
    TCXONC,
    TCFLSH,
    TIOCEXCL,
    TIOCNXCL,
    TIOCSCTTY,
    TIOCGPGRP,
    TIOCSPGRP,
    TIOCOUTQ,
    TIOCSTI,
    TIOCGWINSZ,
    TIOCSWINSZ,
    TIOCMGET,
    TIOCMBIS,
    TIOCMBIC,
    TIOCMSET,
    TIOCGSOFTCAR,
    TIOCSSOFTCAR,
    FIONREAD,
    TIOCLINUX,
    TIOCCONS,
    TIOCGSERIAL,
    TIOCSSERIAL,
    TIOCPKT,
    FIONBIO,
    TIOCNOTTY,
    TIOCSETD,
    TIOCGETD,
    TCSBRKP,
    TIOCSBRK,
    TIOCCBRK,
    TIOCGSID,
    TCGETS2,
    TCSETS2,
    TCSETSW2,
    TCSETSF2,
    TIOCGPTN,
    TIOCSPTLCK,
    TIOCGDEV,
    TCGETX,
    TCSETX,
    TIOCSIG,
    TIOCVHANGUP,
    TIOCGPKT,
    TIOCGPTLCK,
    TIOCGEXCL,
    TIOCGPTPEER,
    FIONCLEX,
    FIOCLEX,
    FIOASYNC,
    FIOQSIZE,
    BLKROSET,
    BLKROGET,
    BLKRRPART,
    BLKGETSIZE,
    BLKFLSBUF,
    BLKRASET,
    BLKRAGET,
    BLKSSZGET,
    BLKBSZGET,
    BLKBSZSET,
    BLKGETSIZE64,
    BLKDISCARD,
    BLKIOMIN,
    BLKIOOPT,
    BLKALIGNOFF,
    BLKPBSZGET,
    BLKDISCARDZEROES,
    BLKSECDISCARD,
    BLKROTATIONAL,
    BLKZEROOUT,
    FIBMAP,
    FIGETBSZ,
    FIFREEZE,
    FITHAW,
    FITRIM,
    FICLONE,
    FICLONERANGE,
    FIDEDUPERANGE,
    FS_IOC_GETFLAGS,
    FS_IOC_SETFLAGS,
    FS_IOC_GETVERSION,
    FS_IOC_SETVERSION,
    FS_IOC_FSGETXATTR,
    FS_IOC_FSSETXATTR,
    FS_IOC_FIEMAP,
    FIOSETOWN,
    SIOCSPGRP,
    FIOGETOWN,
    SIOCGPGRP,
    SIOCATMARK,
    SIOCGSTAMP_OLD,
    SIOCGSTAMPNS_OLD,
    SIOCGSTAMP_NEW,
    SIOCGSTAMPNS_NEW,
    SIOCADDRT,
    SIOCDELRT,
    SIOCGIFNAME,
    SIOCGIFCONF,
    SIOCGIFFLAGS,
    SIOCSIFFLAGS,
    SIOCGIFADDR,
    SIOCSIFADDR,
    SIOCGIFDSTADDR,
    SIOCGIFBRDADDR,
    SIOCSIFBRDADDR,
    SIOCGIFNETMASK,
    SIOCSIFNETMASK,
    SIOCGIFMETRIC,
    SIOCGIFMTU,
    SIOCSIFMTU,
    SIOCGIFHWADDR,
    SIOCGIFINDEX,
    SIOCGIFPFLAGS,
    SIOCGIFTXQLEN,
    SIOCETHTOOL,
    SIOCOUTQNSD,
    SIOCGARP,
    SIOCGIFMAP,
    RNDGETENTCNT,
    RNDADDTOENTCNT,
    RNDADDENTROPY,
    RNDZAPENTCNT,
    RNDCLEARPOOL,
    RNDRESEEDCRNG,
    TUNSETIFF,
    TUNGETIFF,
    TUNSETPERSIST,
    TUNSETOWNER,
    TUNGETFEATURES,
    NS_GET_USERNS,
    NS_GET_PARENT,
    NS_GET_NSTYPE,
    NS_GET_OWNER_UID,
  }) as const

// Other names.
export const TIOCINQ = 0x541b
export const SIOCINQ = 0x541b
export const SIOCOUTQ = 0x5411

export const TIOCPKT_DATA = 0x0
export const TIOCPKT_FLUSHREAD = 0x1
export const TIOCPKT_FLUSHWRITE = 0x2
export const TIOCPKT_STOP = 0x4
export const TIOCPKT_START = 0x8
export const TIOCPKT_NOSTOP = 0x10
export const TIOCPKT_DOSTOP = 0x20
export const TIOCPKT_IOCTL = 0x40
/** First byte read in packet mode. */
export const tiocpktFlags = () =>
  ({
    TIOCPKT_DATA,
    TIOCPKT_FLUSHREAD,
    TIOCPKT_FLUSHWRITE,
    TIOCPKT_STOP,
    TIOCPKT_START,
    TIOCPKT_NOSTOP,
    TIOCPKT_DOSTOP,
    TIOCPKT_IOCTL,
  }) as const

export const FS_SECRM_FL = 0x1
export const FS_UNRM_FL = 0x2
export const FS_COMPR_FL = 0x4
export const FS_SYNC_FL = 0x8
export const FS_IMMUTABLE_FL = 0x10
export const FS_APPEND_FL = 0x20
export const FS_NODUMP_FL = 0x40
export const FS_NOATIME_FL = 0x80
export const FS_DIRSYNC_FL = 0x10000
export const FS_TOPDIR_FL = 0x20000
export const FS_EXTENT_FL = 0x80000
export const FS_NOCOW_FL = 0x800000
/** FS_IOC_GETFLAGS. */
export const inodeFlags = () =>
  ({
    FS_SECRM_FL,
    FS_UNRM_FL,
    FS_COMPR_FL,
    FS_SYNC_FL,
    FS_IMMUTABLE_FL,
    FS_APPEND_FL,
    FS_NODUMP_FL,
    FS_NOATIME_FL,
    FS_DIRSYNC_FL,
    FS_TOPDIR_FL,
    FS_EXTENT_FL,
    FS_NOCOW_FL,
  }) as const
