// Clocks and timers: clock_gettime(2), timer_settime(2), timerfd_create(2). (abi, pure)

export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1
export const CLOCK_PROCESS_CPUTIME_ID = 2
export const CLOCK_THREAD_CPUTIME_ID = 3
export const CLOCK_MONOTONIC_RAW = 4
export const CLOCK_REALTIME_COARSE = 5
export const CLOCK_MONOTONIC_COARSE = 6
export const CLOCK_BOOTTIME = 7
export const CLOCK_REALTIME_ALARM = 8
export const CLOCK_BOOTTIME_ALARM = 9
export const CLOCK_TAI = 11
/** clock_gettime(2). */
export const clockIds = () =>
  ({
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID,
    CLOCK_MONOTONIC_RAW,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME,
    CLOCK_REALTIME_ALARM,
    CLOCK_BOOTTIME_ALARM,
    CLOCK_TAI,
  }) as const

export const TIMER_ABSTIME = 1
/** timer_settime(2), clock_nanosleep(2). */
export const timerFlags = () => ({ TIMER_ABSTIME }) as const

export const ITIMER_REAL = 0
export const ITIMER_VIRTUAL = 1
export const ITIMER_PROF = 2
/** setitimer(2). */
export const itimerWhich = () => ({ ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF }) as const

export const TFD_NONBLOCK = 0o4000
export const TFD_CLOEXEC = 0o2000000
/** timerfd_create(2). */
export const timerfdFlags = () => ({ TFD_NONBLOCK, TFD_CLOEXEC }) as const

export const TFD_TIMER_ABSTIME = 1
export const TFD_TIMER_CANCEL_ON_SET = 2
/** timerfd_settime(2). */
export const timerfdSettimeFlags = () => ({ TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET }) as const

export const ADJ_OFFSET = 0x1
export const ADJ_FREQUENCY = 0x2
export const ADJ_MAXERROR = 0x4
export const ADJ_ESTERROR = 0x8
export const ADJ_STATUS = 0x10
export const ADJ_TIMECONST = 0x20
export const ADJ_TAI = 0x80
export const ADJ_SETOFFSET = 0x100
export const ADJ_MICRO = 0x1000
export const ADJ_NANO = 0x2000
export const ADJ_TICK = 0x4000
export const ADJ_OFFSET_SINGLESHOT = 0x8001
export const ADJ_OFFSET_SS_READ = 0xa001
/** struct timex modes. */
export const adjtimexModes = () =>
  ({
    ADJ_OFFSET,
    ADJ_FREQUENCY,
    ADJ_MAXERROR,
    ADJ_ESTERROR,
    ADJ_STATUS,
    ADJ_TIMECONST,
    ADJ_TAI,
    ADJ_SETOFFSET,
    ADJ_MICRO,
    ADJ_NANO,
    ADJ_TICK,
    ADJ_OFFSET_SINGLESHOT,
    ADJ_OFFSET_SS_READ,
  }) as const

export const STA_PLL = 0x1
export const STA_PPSFREQ = 0x2
export const STA_PPSTIME = 0x4
export const STA_FLL = 0x8
export const STA_INS = 0x10
export const STA_DEL = 0x20
export const STA_UNSYNC = 0x40
export const STA_FREQHOLD = 0x80
export const STA_PPSSIGNAL = 0x100
export const STA_PPSJITTER = 0x200
export const STA_PPSWANDER = 0x400
export const STA_PPSERROR = 0x800
export const STA_CLOCKERR = 0x1000
export const STA_NANO = 0x2000
export const STA_MODE = 0x4000
export const STA_CLK = 0x8000
/** struct timex status. */
export const timexStatus = () =>
  ({
    STA_PLL,
    STA_PPSFREQ,
    STA_PPSTIME,
    STA_FLL,
    STA_INS,
    STA_DEL,
    STA_UNSYNC,
    STA_FREQHOLD,
    STA_PPSSIGNAL,
    STA_PPSJITTER,
    STA_PPSWANDER,
    STA_PPSERROR,
    STA_CLOCKERR,
    STA_NANO,
    STA_MODE,
    STA_CLK,
  }) as const

// adjtimex(2) results.
export const TIME_OK = 0
export const TIME_INS = 1
export const TIME_DEL = 2
export const TIME_OOP = 3
export const TIME_WAIT = 4
export const TIME_ERROR = 5

/** Clock ticks in a second, as times(2) and /proc show them. */
export const USER_HZ = 100
