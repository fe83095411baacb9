// Where a server listens, as Plan 9 writes it: tcp!host!port, unix!path. (p9)

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The port that IANA gave to 9P. */
const DEFAULT_PORT = 564

const port = (text: string | undefined, whole: string): number => {
  const value = text === undefined || text === '' ? DEFAULT_PORT : Number(text)
  if (Number.isInteger(value) && value >= 0 && value < 65536) return value
  throw new Error(`no port in the address: ${whole}`)
}

/** Reads `tcp!host!port`, `tcp!host` (port 564), `unix!path`. Throws an Error that says what is wrong. */
export const parseAddress = (text: string): Address => {
  const [kind, first = '', second] = text.split('!')
  if (kind === 'unix') {
    const path = text.slice('unix!'.length)
    if (path === '') throw new Error(`no path in the address: ${text}`)
    return { kind, path }
  }
  if (kind === 'tcp' && first !== '') return { kind, host: first, port: port(second, text) }
  throw new Error(`not an address like tcp!host!port or unix!path: ${text}`)
}

/** Reads `host:port`, `[v6]:port`, `:port` or `port`. */
export const parseHostPort = (text: string): Address => {
  const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d+)$/.exec(text)
  if (match === null) throw new Error(`not HOST:PORT: ${text}`)
  return { kind: 'tcp', host: match[1] || match[2] || '127.0.0.1', port: port(match[3], text) }
}

export const formatAddress = (address: Address): string =>
  address.kind === 'tcp' ? `tcp!${address.host}!${address.port}` : `unix!${address.path}`
