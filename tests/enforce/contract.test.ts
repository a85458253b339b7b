import { describe, expect, test } from 'vitest'
import type { EnforceBackend } from '../../src/config/types.ts'
import { FIREWALLS } from '../../src/enforce/index.ts'
import { needs } from '../require.ts'
import { firewallContract } from './contract.ts'

const TOOLS: Readonly<Record<EnforceBackend, readonly string[]>> = {
  none: [],
  nftables: ['root', 'ip', 'nft'],
  iptables: ['root', 'ip', 'ipset', 'iptables'],
}

for (const backend of Object.keys(FIREWALLS) as EnforceBackend[]) {
  const tools = TOOLS[backend]
  describe.skipIf(needs(...tools))(backend, () => firewallContract(backend, tools.length > 0))
}

describe('the table of firewalls', () => {
  test('each backend carries the name it is chosen by', () => {
    const options = { never: [], now: Date.now, onNotice: () => {} }
    for (const [name, factory] of Object.entries(FIREWALLS)) expect(factory(options).name).toBe(name)
  })
})
