import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, packageRoot } from '../../src/config/index.ts'

const VALID = join(packageRoot, 'fixtures/config/valid/config')
const load = (name: string) =>
  loadConfig(join(VALID, `${name}.yaml`), {
    filtersDir: join(VALID, '../../shipped/filters'),
    jailsDir: join(VALID, '../../shipped/jails'),
  })
const recordsOf = (name: string) => load(name).records

describe('a configuration', () => {
  test('keeps records in SQLite for 30 days where it does not say', () => {
    expect(recordsOf('empty')).toEqual({ type: 'sqlite', keepMs: 30 * 864e5, perMinute: 60 })
    expect(recordsOf('every-key')).toEqual({ type: 'sqlite', keepMs: 90 * 864e5, perMinute: 10 })
  })

  test('keeps records in PostgreSQL by its URL, or nowhere', () => {
    expect(recordsOf('records-postgres')).toEqual({
      ...{ type: 'postgres', keepMs: 28 * 864e5, perMinute: 60 },
      url: 'postgres://sipguard:hunter2@192.0.2.1/sipguard?sslmode=require',
    })
    expect(recordsOf('records-as-a-url')).toMatchObject({ type: 'postgres', url: 'postgresql:///sipguard?host=/run/postgresql' })
    expect(recordsOf('records-off')).toEqual({ type: 'off' })
  })

  test('has the files of phones and addresses from its own folder, or none', () => {
    expect(load('every-key')).toMatchObject({
      provisioned: join(VALID, 'provisioned.csv'),
      geo: { country: '/usr/share/GeoIP/country.mmdb', asn: join(VALID, 'geo/asn.mmdb') },
    })
    expect(load('empty')).toMatchObject({ provisioned: null, geo: { country: null, asn: null } })
  })
})
