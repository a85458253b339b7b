import { expect, test } from 'vitest'
import type { SourceConfig } from '../../src/config/types.ts'
import { nameOf } from '../../src/sources/index.ts'

const filter = null
const NAMES: [string, SourceConfig][] = [
  ['/var/log/kamailio*.log', { type: 'file', file: '/var/log/kamailio*.log', filter }],
  ['journal:a.service,b.service', { type: 'journal', units: ['a.service', 'b.service'], identifiers: [], directory: null, filter }],
  ['journal:a.service,identifier=x in /j', { type: 'journal', units: ['a.service'], identifiers: ['x'], directory: '/j', filter }],
  ['stdin', { type: 'stdin', filter }],
  ['syslog:udp://127.0.0.1:5514', { type: 'syslog', host: '127.0.0.1', port: 5514, protocols: ['udp'], from: null, filter }],
  ['syslog:udp+tcp://[::1]:514', { type: 'syslog', host: '::1', port: 514, protocols: ['udp', 'tcp'], from: null, filter }],
  ['hep:udp+tcp://127.0.0.1:9060', { type: 'hep', host: '127.0.0.1', port: 9060, protocols: ['udp', 'tcp'], from: null, key: null }],
  ['docker:asterisk', { type: 'docker', container: 'asterisk', root: '/var/lib/docker', filter }],
]

test.each(NAMES)('%s', (name, source) => {
  expect(nameOf(source)).toBe(name)
})
