/** Run as a process: tells of ever new subjects until it is killed, and says each when it has been taken. */
import { createNotifier } from '../../src/notify/index.ts'
import { alertOf, configOf } from './samples.ts'

const [stateDir = '', url = ''] = process.argv.slice(2)
const notifier = createNotifier({
  ...{ stateDir, now: Date.now, totals: () => ({ guesses: 0, banned: 0, phones: 0 }), onTrouble: () => {}, onNotice: () => {} },
  config: configOf({
    channels: [{ type: 'webhook', severities: ['critical', 'error'], url, format: 'json' }],
    severity: { jail_full: 'error' },
  }),
})
for (let n = 1; ; n++) {
  const kind = n % 2 === 0 ? 'jail_full' : 'credential_suspect'
  notifier.alert(alertOf({ kind, ip: `192.0.2.${n % 250}`, user: `${process.pid}-${n}`, key: String(n), atMs: Date.now() }))
  console.log(`${kind} ${process.pid}-${n}`)
  await new Promise((resolve) => setTimeout(resolve, 3))
}
