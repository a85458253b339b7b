import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createGeo } from '../src/geo.ts'
import { mmdb } from './mmdb.ts'
import { temporaryDirectories } from './state/temporary-directory.ts'

const newDirectory = temporaryDirectories()

function geoFiles() {
  const dir = newDirectory()
  const [country, asn] = [join(dir, 'country.mmdb'), join(dir, 'asn.mmdb')]
  const notices: string[] = []
  let nowMs = 0
  return {
    country,
    asn,
    notices,
    pass: (ms: number) => {
      nowMs += ms
    },
    open: () => createGeo({ country, asn }, { notice: (message) => notices.push(message), now: () => nowMs }),
  }
}

const GERMANY = { country: { iso_code: 'DE' } }
const TELEKOM = { autonomous_system_number: 3320, autonomous_system_organization: 'Deutsche Telekom AG' }
const NOWHERE = { country: null, asn: null }

test('an address is in the country and the network that the files say', () => {
  const files = geoFiles()
  writeFileSync(files.country, mmdb('192.0.2.0/24', GERMANY))
  writeFileSync(files.asn, mmdb('192.0.0.0/16', TELEKOM))
  const geo = files.open()
  const asn = { number: 3320, name: 'Deutsche Telekom AG' }
  expect(geo('192.0.2.7')).toEqual({ country: 'DE', asn })
  expect(geo('192.0.3.7')).toEqual({ country: null, asn })
  expect(geo('198.51.100.1')).toEqual(NOWHERE)
  expect(geo('no address')).toEqual(NOWHERE)
  expect(files.notices).toEqual([])
})

test('without files nothing is known, and nothing is said', () => {
  const notices: string[] = []
  const geo = createGeo({ country: null, asn: null }, { notice: (message) => notices.push(message) })
  expect(geo('192.0.2.7')).toEqual(NOWHERE)
  expect(notices).toEqual([])
})

test('a file that is missing or broken is told once, and is read when it has become right', () => {
  const files = geoFiles()
  writeFileSync(files.country, 'not a database')
  writeFileSync(files.asn, mmdb('192.0.0.0/16', TELEKOM))
  const geo = files.open()
  for (let i = 0; i < 3; i++) {
    expect(geo('192.0.2.7').country).toBeNull()
    files.pass(60_000)
  }
  expect(files.notices).toHaveLength(1)
  expect(files.notices[0]).toMatch(/country\.mmdb: ./)
  writeFileSync(files.country, mmdb('192.0.2.0/24', GERMANY))
  files.pass(60_000)
  expect(geo('192.0.2.7').country).toBe('DE')
})

test('a file that becomes broken leaves the old one in force', () => {
  const files = geoFiles()
  writeFileSync(files.country, mmdb('192.0.2.0/24', GERMANY))
  writeFileSync(files.asn, mmdb('192.0.0.0/16', TELEKOM))
  const geo = files.open()
  expect(geo('192.0.2.7').country).toBe('DE')
  writeFileSync(files.country, '')
  files.pass(60_000)
  expect(geo('192.0.2.7').country).toBe('DE')
  expect(files.notices).toHaveLength(1)
})
