// A pseudo-terminal: the state that master and slave share. (fs/pty)
// Linux drivers/tty/pty.c, drivers/tty/tty_io.c.

import {
  ICANON,
  IXON,
  POLLERR,
  POLLHUP,
  POLLPRI,
  SIGCONT,
  SIGHUP,
  SIGWINCH,
  TIOCPKT_DOSTOP,
  TIOCPKT_FLUSHREAD,
  TIOCPKT_FLUSHWRITE,
  TIOCPKT_NOSTOP,
  TIOCPKT_START,
  TIOCPKT_STOP,
  VEOF,
  VSTART,
  VSTOP,
} from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
import { kernelSignal, sendSignal, signalProcessGroup } from '../../signal/send.ts'
import type { ProcessGroup } from '../../task/process-group.ts'
import type { ControllingTty, Session } from '../../task/session.ts'
import { WaitQueue } from '../../wait-queue.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'
import { ByteQueue } from './byte-queue.ts'
import { LineDiscipline, type LineHost } from './line-discipline.ts'
import { OutputProcessor } from './output-processor.ts'
import { PTY_TERMIOS, type Termios } from './termios.ts'

/** Bytes between the two sides each way (tty_buffer's limit). */
const BUFFER_LIMIT = 65536
/** What the master's own line discipline holds. */
const MASTER_BUFFER = 4095
const HUNG_UP = READABLE | WRITABLE | POLLERR | POLLHUP

export interface WindowSize {
  readonly rows: number
  readonly columns: number
  readonly xPixels: number
  readonly yPixels: number
}

export class Pty implements LineHost, ControllingTty {
  readonly kernel: Kernel
  /** N of /dev/pts/N. */
  readonly index: number
  termios: Termios = PTY_TERMIOS
  windowSize: WindowSize = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 }
  /** What the slave wrote and what was echoed, for the master. */
  readonly outgoing = new ByteQueue(BUFFER_LIMIT)
  /** What the master wrote and the line discipline has no room for. */
  readonly #incoming = new ByteQueue(BUFFER_LIMIT)
  readonly output = new OutputProcessor(this.outgoing)
  readonly line = new LineDiscipline(this)
  readonly masterQueue = new WaitQueue()
  readonly slaveQueue = new WaitQueue()
  session: Session | undefined
  foreground: ProcessGroup | undefined
  /** Slave open is refused until the master unlocks it (TIOCSPTLCK). */
  locked = true
  /** TIOCEXCL */
  exclusive = false
  stopped = false
  /** Output is also stopped by tcflow(TCOOFF). */
  stoppedByFlow = false
  masterOpen = true
  /** Open slave descriptions. */
  slaves = 0
  /** The last slave closed, and none was opened since: the master sees EIO. */
  slaveGone = false
  /** Slaves opened up to here were hung up. */
  generation = 0
  #inputOver = false
  #endTyped = false
  /** While characters are received: how much output there was before them. */
  #delivered = Number.POSITIVE_INFINITY
  /** TIOCPKT */
  packetMode = false
  /** TIOCPKT_* for the master's next read. */
  packetStatus = 0

  constructor(kernel: Kernel, index: number) {
    this.kernel = kernel
    this.index = index
  }

  // The master's side.

  /** Types bytes. Returns how many were taken. */
  type(data: Uint8Array): number {
    const n = Math.min(data.length, this.#incoming.room)
    for (let i = 0; i < n; i++) this.#incoming.push(data[i]!)
    this.pump()
    return n
  }
  get typeRoom(): number {
    return this.#incoming.room
  }
  /** Moves typed bytes on as far as there is room. */
  pump(): void {
    const before = this.outgoing.length
    this.#delivered = before
    let moved = 0
    while (this.#incoming.length > 0 && this.line.room > 0) {
      this.line.receive(this.#incoming.shift())
      moved++
    }
    this.#delivered = Number.POSITIVE_INFINITY
    if (moved === 0) return
    this.line.lastInputNs = this.kernel.clock.monotonicNs()
    this.slaveQueue.notify(READABLE)
    if (this.outgoing.length !== before) this.masterQueue.notify(READABLE)
    this.masterQueue.notify(WRITABLE)
  }
  /** Nobody will type any more, but the terminal stays: whoever waits for input gets VEOF typed. */
  endInput(): void {
    this.#inputOver = true
    this.slaveQueue.notify(READABLE)
  }
  /**
   * Somebody reads or polls the slave. In raw mode VEOF is a character like others: typed once, and
   * again after the next change of the settings, so that a program which ignores it does not spin.
   */
  inputWanted(): void {
    const { termios, line } = this
    if (!this.#inputOver || line.readable || this.#incoming.length > 0) return
    const end = termios.cc[VEOF]!
    if (end === 0 || (this.#endTyped && (termios.lflag & ICANON) === 0)) return
    this.#endTyped = true
    this.type(Uint8Array.of(end))
  }
  /** The master took output: writers may go on. */
  drained(): void {
    this.slaveQueue.notify(WRITABLE)
  }

  // LineHost.

  signal(signo: number): void {
    if (this.foreground) signalProcessGroup(this.foreground, kernelSignal(signo))
  }
  /**
   * What the master's side has taken over already stays readable: all but the echoes of characters
   * that were typed together with this one, and what exceeds its buffer.
   */
  flushOutput(): void {
    this.outgoing.truncate(Math.min(this.#delivered, MASTER_BUFFER))
    this.drained()
    this.tellPacket(TIOCPKT_FLUSHWRITE)
  }
  flushedInput(): void {
    this.tellPacket(TIOCPKT_FLUSHREAD)
    this.masterQueue.notify(WRITABLE)
  }

  // TCFLSH: a side's input is what its line discipline has, its output what the other's has no room for.

  flushTyped(): void {
    this.line.flush()
    this.flushedInput()
    this.pump()
  }
  flushShown(): void {
    this.outgoing.drop(Math.min(this.outgoing.length, MASTER_BUFFER))
    this.drained()
  }
  dropIncoming(): void {
    this.#incoming.clear()
    this.masterQueue.notify(WRITABLE)
  }
  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.output.hold()
    this.tellPacket(TIOCPKT_STOP, TIOCPKT_START)
  }
  start(): void {
    if (!this.stopped || this.stoppedByFlow) return
    this.stopped = false
    this.output.letGo()
    this.tellPacket(TIOCPKT_START, TIOCPKT_STOP)
    this.slaveQueue.notify(WRITABLE)
    if (this.outgoing.length > 0) this.masterQueue.notify(READABLE)
  }

  /** Status for a master in packet mode. */
  tellPacket(status: number, cancels = 0): void {
    if (!this.packetMode) return
    this.packetStatus = (this.packetStatus & ~cancels) | status
    this.masterQueue.notify(POLLPRI | READABLE)
  }

  configure(termios: Termios): void {
    const old = this.termios
    this.termios = termios
    this.line.configure(old)
    if (old.iflag & IXON && (termios.iflag & IXON) === 0 && !this.stoppedByFlow) this.start()
    const standard = (t: Termios) =>
      (t.iflag & IXON) !== 0 && t.cc[VSTOP] === 0o23 && t.cc[VSTART] === 0o21
    if (standard(old) !== standard(termios)) {
      if (standard(termios)) this.tellPacket(TIOCPKT_DOSTOP, TIOCPKT_NOSTOP)
      else this.tellPacket(TIOCPKT_NOSTOP, TIOCPKT_DOSTOP)
    }
    this.#endTyped = false
    this.pump()
    this.slaveQueue.notify(READABLE | WRITABLE)
  }

  /** TIOCSWINSZ of either side, or a resize of what shows the terminal. */
  resize(size: WindowSize): void {
    const old = this.windowSize
    const same =
      old.rows === size.rows &&
      old.columns === size.columns &&
      old.xPixels === size.xPixels &&
      old.yPixels === size.yPixels
    if (same) return
    this.windowSize = size
    this.signal(SIGWINCH)
  }

  // Opening and closing.

  slaveOpened(): void {
    this.slaves++
    this.slaveGone = false
  }
  slaveClosed(): void {
    this.slaves--
    if (this.slaves > 0) return
    this.slaveGone = true
    this.exclusive = false
    this.line.flush()
    this.#incoming.clear()
    this.masterQueue.notify(HUNG_UP)
  }
  /** The master closed: who uses the slave sees end of file, and the session's leader SIGHUP. */
  masterClosed(): void {
    this.masterOpen = false
    this.#hangUpSlaves()
    const leader = this.#leaveSession()
    if (leader) for (const signo of [SIGHUP, SIGCONT]) sendSignal(leader, kernelSignal(signo))
  }

  /** ControllingTty: unlike a real line, a pseudo terminal stays usable for who has it open. */
  leaderExited(): void {
    const { foreground } = this
    this.#leaveSession()
    if (foreground) signalProcessGroup(foreground, kernelSignal(SIGHUP))
  }
  /** vhangup(2): whoever has it open sees its end. */
  hangup(): void {
    const { foreground } = this
    this.#leaveSession()
    this.#hangUpSlaves()
    if (!foreground) return
    for (const signo of [SIGHUP, SIGCONT]) signalProcessGroup(foreground, kernelSignal(signo))
  }
  /** TIOCNOTTY of the leader: the session goes on without a terminal. */
  disassociate(): void {
    const { foreground } = this
    this.#leaveSession()
    if (!foreground) return
    for (const signo of [SIGHUP, SIGCONT]) signalProcessGroup(foreground, kernelSignal(signo))
  }
  /** Makes it the controlling terminal of a session. */
  adopt(session: Session, foreground: ProcessGroup): void {
    this.session = session
    this.foreground = foreground
    session.tty = this
  }
  #leaveSession() {
    const { session } = this
    this.session = undefined
    this.foreground = undefined
    if (session?.tty === this) session.tty = undefined
    return session?.leader
  }
  #hangUpSlaves(): void {
    this.generation++
    if (this.slaves > 0) this.slaveGone = true
    this.slaves = 0
    this.slaveQueue.notify(HUNG_UP)
    this.masterQueue.notify(HUNG_UP)
  }
}
