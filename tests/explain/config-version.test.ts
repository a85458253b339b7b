import { expect, test } from 'vitest'
import { loadConfig, withSettings } from '../../src/config/index.ts'
import { configVersion } from '../../src/explain/config-version.ts'

const config = { ...loadConfig(null), tz: 'UTC' }

test('the version is the same as long as the same is decided', () => {
  expect(configVersion(config)).toMatch(/^[0-9a-f]{12}$/)
  expect(configVersion(structuredClone({ ...config, enforce: 'nftables', path: '/etc/sipguard.yaml' }))).toBe(configVersion(config))
})

test.each(['sip-auth.maxretry=9', 'trust.phone=1d', 'unproved.maxbantime=5m', 'ignoreip+=192.0.2.1', 'peers+=192.0.2.1'])(
  'it is another under %s',
  (setting) => {
    expect(configVersion(withSettings(config, setting))).not.toBe(configVersion(config))
  },
)
