// The command's end of the control socket: checked events in, requests out. (runsc)

import type { Socket } from 'node:net'
import type { ControlEvent, ControlRequest } from '../boot/control.ts'
import { checkEvent } from '../boot/control-check.ts'
import { encodeFrame, FrameReader } from '../boot/frames.ts'

/** How the sandbox process said that it is over. */
export type Verdict = Extract<ControlEvent, { type: 'exited' | 'fatal' }>

export interface ControlHandlers {
  readonly onStarted: () => void
  readonly onLog: (event: Extract<ControlEvent, { type: 'log' }>) => void
}

export class ControlClient {
  /** The last word of the sandbox process; undefined when it closed the socket without one. */
  readonly verdict: Promise<Verdict | undefined>
  readonly #socket: Socket

  constructor(socket: Socket, handlers: ControlHandlers) {
    this.#socket = socket
    const frames = new FrameReader()
    this.verdict = new Promise(resolve => {
      const end = () => resolve(undefined)
      socket.on('close', end)
      socket.on('end', end)
      socket.on('data', (chunk: Buffer) => {
        let messages: unknown[]
        try {
          messages = frames.push(chunk)
        } catch {
          socket.destroy()
          return end()
        }
        for (const message of messages) {
          const event = asEvent(message)
          if (event?.type === 'started') handlers.onStarted()
          else if (event?.type === 'log') handlers.onLog(event)
          else if (event?.type === 'exited' || event?.type === 'fatal') resolve(event)
        }
      })
    })
  }

  send(request: ControlRequest): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(request))
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** The guest cannot write here, but it may have taken over the process that does. */
function asEvent(message: unknown): ControlEvent | undefined {
  try {
    return checkEvent(message, 'event')
  } catch {
    return undefined
  }
}
