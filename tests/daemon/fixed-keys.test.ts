import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { changedFixedKeys } from '../../src/daemon/fixed-keys.ts'

const before = loadConfig(null)

test.each([
  ['nothing', {}, []],
  ['what a reload takes', { ignoreip: ['192.0.2.7'], records: { ...before.records, keepMs: 1 } }, []],
  ['the database of the records', { records: { ...before.records, type: 'postgres', url: 'postgres://db/sip' } }, ['records']],
  ['the firewall, and what it never drops', { enforce: 'nftables', never: [] }, ['enforce', 'never']],
])('%s: what has changed is told by its key, where a reload does not change it', (_, changes, keys) => {
  expect(changedFixedKeys(before, { ...before, ...changes } as typeof before)).toEqual(keys)
})
