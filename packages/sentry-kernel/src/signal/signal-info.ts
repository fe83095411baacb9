// What a signal says about its cause: siginfo_t. (signal)

/** Bytes of siginfo_t. */
export const SIGINFO_SIZE = 128

/** A signal with its details. Which of the optional fields hold depends on signo and code. */
export interface SignalInfo {
  readonly signo: number
  /** SI_*, CLD_*, SEGV_* … */
  readonly code: number
  readonly errno?: number
  /** Sender or child, as the receiver sees it. */
  readonly pid?: number
  readonly uid?: number
  /** SIGCHLD: exit code or signal; times in clock ticks. */
  readonly status?: number
  readonly utime?: number
  readonly stime?: number
  /** sigval: 64 bits. */
  readonly value?: bigint
  readonly timerid?: number
  readonly overrun?: number
  /** Faults. */
  readonly addr?: number
  /** SIGIO. */
  readonly band?: number
  readonly fd?: number
  /** SIGSYS. */
  readonly syscall?: number
  /** The 128 bytes that rt_sigqueueinfo was given; used instead of the fields. */
  readonly raw?: Uint8Array
}

const AUDIT_ARCH_X86_64 = 0xc000003e

/** Writes siginfo_t at `at`; the 128 bytes there must be zero. */
export function writeSignalInfo(view: DataView, at: number, info: SignalInfo): void {
  if (info.raw) {
    new Uint8Array(view.buffer, view.byteOffset + at, SIGINFO_SIZE).set(info.raw)
    view.setInt32(at, info.signo, true)
    return
  }
  view.setInt32(at, info.signo, true)
  view.setInt32(at + 4, info.errno ?? 0, true)
  view.setInt32(at + 8, info.code, true)
  if (info.addr !== undefined) {
    writeWide(view, at + 16, info.addr)
    if (info.syscall !== undefined) {
      view.setInt32(at + 24, info.syscall, true)
      view.setUint32(at + 28, AUDIT_ARCH_X86_64, true)
    }
  } else if (info.timerid !== undefined) {
    view.setInt32(at + 16, info.timerid, true)
    view.setInt32(at + 20, info.overrun ?? 0, true)
    view.setBigUint64(at + 24, BigInt.asUintN(64, info.value ?? 0n), true)
  } else if (info.band !== undefined) {
    writeWide(view, at + 16, info.band)
    view.setInt32(at + 24, info.fd ?? 0, true)
  } else {
    view.setInt32(at + 16, info.pid ?? 0, true)
    view.setUint32(at + 20, info.uid ?? 0, true)
    if (info.status !== undefined) {
      view.setInt32(at + 24, info.status, true)
      writeWide(view, at + 32, info.utime ?? 0)
      writeWide(view, at + 40, info.stime ?? 0)
    } else if (info.value !== undefined) {
      view.setBigUint64(at + 24, BigInt.asUintN(64, info.value), true)
    }
  }
}

/** As siginfo_t in 128 new bytes. */
export function encodeSignalInfo(info: SignalInfo): Uint8Array {
  const data = new Uint8Array(SIGINFO_SIZE)
  writeSignalInfo(new DataView(data.buffer), 0, info)
  return data
}

/** From the 128 bytes that a program passed (rt_sigqueueinfo, pidfd_send_signal). */
export function decodeSignalInfo(data: Uint8Array): SignalInfo {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return {
    signo: view.getInt32(0, true),
    errno: view.getInt32(4, true),
    code: view.getInt32(8, true),
    pid: view.getInt32(16, true),
    uid: view.getUint32(20, true),
    value: view.getBigUint64(24, true),
    raw: data,
  }
}

function writeWide(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  view.setUint32(at, value - high * 0x1_0000_0000, true)
  view.setInt32(at + 4, high | 0, true)
}
