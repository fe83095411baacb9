// What is wrong with a message, and in which field. (p9)

/** The bytes are no message, or the value cannot be one. The only thing the codec throws. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  /** The field, outermost first: "Twalk.wname[3]". Empty where the framing is wrong. */
  readonly path: string
  readonly reason: string

  constructor(reason: string, path = '') {
    super(path === '' ? reason : `${path}: ${reason}`)
    this.reason = reason
    this.path = path
  }

  /** The same complaint as seen one level further out. */
  within(outer: string): ProtocolError {
    const inner = this.path
    const dot = inner === '' || inner.startsWith('[') ? '' : '.'
    return new ProtocolError(this.reason, `${outer}${dot}${inner}`)
  }
}

/** Names the field that a complaint came from; other errors pass unchanged. */
export const located = (thrown: unknown, outer: string): unknown =>
  thrown instanceof ProtocolError ? thrown.within(outer) : thrown
