import type { TcpDoor } from '../api/app.ts'
import type { Control } from '../api/control.ts'
import type { Metrics } from '../api/metrics.ts'
import { listenTcp, listenUnix } from '../api/server.ts'
import type { HttpConfig } from '../config/types.ts'

export interface ServeOptions {
  readonly control: Control
  readonly metrics: Metrics
  /** Path of the unix socket. */
  readonly socket: string
  /** Null: on the socket only. */
  readonly http: HttpConfig | null
  readonly onNotice: (message: string) => void
  /** Given what ends each door, as it is opened. */
  readonly onOpen: (close: () => Promise<void>) => void
}

/**
 * Opens the API to whoever may ask; it is loaded when somebody does. Returns what reads its certificate anew, if it has one.
 * @throws SipguardError as listenUnix and listenTcp do
 */
export async function serve({ control, metrics, socket, http, onNotice, onOpen }: ServeOptions): Promise<() => Promise<void>> {
  const onFault = (error: unknown) =>
    onNotice(`a fault in the API: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  const open = async (tcp: TcpDoor | null) => {
    try {
      return (await import('../api/app.ts')).createApp(control, metrics, { onFault, tcp })
    } catch (error) {
      onFault(error)
      throw error
    }
  }
  onOpen(await listenUnix(() => open(null), socket))
  if (http === null) return async () => {}
  const listener = await listenTcp(open, http)
  onOpen(listener.close)
  return listener.renew
}
