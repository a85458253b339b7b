import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { SBC } from './network.ts'

/** How long an answer is waited for. */
const PATIENCE_MS = 1000

export interface Request {
  readonly method: 'REGISTER' | 'OPTIONS'
  readonly user: string
  /** Default: the one the SBC serves. */
  readonly domain?: string
  /** Value of the Authorization header. */
  readonly authorization?: string
}

/** One UDP endpoint of this host, which may be an address that others own: then no answer comes. */
export class Endpoint {
  private readonly socket: Socket = createSocket('udp4')
  private readonly waiting = new Map<string, (answer: string) => void>()
  private readonly address: string
  private port = 0

  private constructor(address: string) {
    this.address = address
    this.socket.on('message', (message) => {
      const text = message.toString('latin1')
      this.waiting.get(headerOf(text, 'Call-ID'))?.(text)
    })
  }

  /** @param port 0: any */
  static async open(address: string, port: number): Promise<Endpoint> {
    const endpoint = new Endpoint(address)
    endpoint.socket.bind(port, address)
    await once(endpoint.socket, 'listening')
    endpoint.port = endpoint.socket.address().port
    return endpoint
  }

  /** The answer, or null when none came. */
  async ask(request: Request): Promise<string | null> {
    const callId = this.send(request)
    const { promise, resolve } = Promise.withResolvers<string | null>()
    this.waiting.set(callId, resolve)
    const timer = setTimeout(resolve, PATIENCE_MS, null)
    const answer = await promise
    clearTimeout(timer)
    this.waiting.delete(callId)
    return answer
  }

  /** @returns the Call-ID */
  send({ method, user, domain = 'example.com', authorization }: Request): string {
    const callId = randomBytes(8).toString('hex')
    const lines = [
      `${method} sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address}:${this.port};branch=z9hG4bK${callId};rport`,
      'Max-Forwards: 70',
      `From: <sip:${user}@${domain}>;tag=${callId}`,
      `To: <sip:${user}@${domain}>`,
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:${user}@${this.address}:${this.port}>`,
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      'Expires: 60',
      'User-Agent: PolycomSoundPointIP-SPIP_550',
      'Content-Length: 0',
    ]
    this.socket.send(`${lines.join('\r\n')}\r\n\r\n`, 5060, SBC)
    return callId
  }

  close(): void {
    this.socket.close()
  }
}

/** Answers a 401 to a REGISTER with this password (RFC 7616, MD5). */
export function credentials(challenge: string, user: string, password: string): string {
  const [realm, nonce] = ['realm', 'nonce'].map((name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)![1]!)
  const uri = 'sip:example.com'
  const hash = md5(`${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:c0ffee:auth:${md5(`REGISTER:${uri}`)}`)
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${hash}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee"`
}

export function statusOf(answer: string): number {
  return Number(answer.split(' ')[1])
}

function headerOf(message: string, name: string): string {
  return new RegExp(`^${name}: *([^\\r\\n]*)`, 'im').exec(message)?.[1] ?? ''
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
