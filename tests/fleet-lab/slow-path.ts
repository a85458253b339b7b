/** `node slow-path.ts HOST PORT DELAY_MS`: a port of HOST that leads to PORT of loopback, slowly; prints its URL. */
import { startProxy } from '../fleet/tcp-proxy.ts'

const [host, port, delayMs] = process.argv.slice(2)
const { url } = await startProxy(Number(port), Number(delayMs), host)
console.log(url)
