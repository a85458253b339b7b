/** Enforces with nftables where it is started, as the daemon does: prints `open` or an error's code and message; ends with its input. */

import { createFirewall } from '../../../src/enforce/index.ts'
import { SipguardError } from '../../../src/errors.ts'
import { address } from './elements.ts'

const backend = process.argv[2] === 'iptables' ? 'iptables' : 'nftables'
const firewall = createFirewall(backend, { never: [], now: Date.now, onNotice: console.error })
try {
  await firewall.open([address('192.0.2.7', null)])
  console.log('open')
} catch (error) {
  if (!(error instanceof SipguardError)) throw error
  console.log(`${error.code} ${error.message}`)
}
for await (const _ of process.stdin);
await firewall.close()
