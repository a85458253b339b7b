import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCidr, parseCidr } from '../../src/address.ts'
import { allowToCsv, readAllowCsv } from '../../src/console/parts/allow-csv.ts'

const NOW = Date.parse('2026-01-15T10:00:00.000Z')
const read = (text: string) => readAllowCsv(text, NOW)
const faults = (text: string) => read(text).faults.map(({ line, text: fault }) => `${line}: ${fault}`)

describe('the allow list as CSV', () => {
  test('what is written is read back, whatever the comments are', () => {
    const entry = fc.record({
      cidr: fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([ip, bits]) => formatCidr(parseCidr(`${ip}/${bits}`)!)),
      until: fc.constantFrom(null, '2026-01-16T10:00:00.000Z'),
      added: fc.constant('2026-01-01T00:00:00.000Z'),
      // Controls are escaped in the file, as everywhere, and a line is trimmed.
      comment: fc.option(fc.string({ maxLength: 60 }).map((text) => text.replace(/[\0-\x1f\x7f]/g, '').replace(/^[\s']+|\s+$/g, ''))),
    })
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ({ cidr }) => cidr, maxLength: 8 }), (entries) => {
        const { entries: found, faults: wrong } = read(allowToCsv(entries))
        expect(wrong).toEqual([])
        expect(found.map(({ cidr, for: length, comment }) => [cidr, length, comment])).toEqual(
          entries.map(({ cidr, until, comment }) => [cidr, until === null ? '-1' : '86400s', comment ?? '']),
        )
      }),
    )
  })

  test('heading, times and comments may be missing, and lengths stand for times', () => {
    expect(read('192.0.2.1\n192.0.2.2,1d\r\n\n192.0.2.3,-1,"a ""b"", c"').entries).toEqual([
      { line: 1, cidr: '192.0.2.1', for: '-1', comment: '' },
      { line: 2, cidr: '192.0.2.2', for: '1d', comment: '' },
      { line: 4, cidr: '192.0.2.3', for: '-1', comment: 'a "b", c' },
    ])
  })

  test('a German spreadsheet separates by semicolons', () => {
    expect(read('\ufeffcidr;until;comment\n192.0.2.0/24;;Büro, Keller').entries).toEqual([
      { line: 2, cidr: '192.0.2.0/24', for: '-1', comment: 'Büro, Keller' },
    ])
  })

  test('every fault is named with its line, and the other lines are good', () => {
    const text = [
      'cidr,until',
      '192.0.2.0/40',
      '192.0.2.1,yesterday',
      '192.0.2.2,2020-01-01T00:00:00Z',
      '192.0.2.3,,a,b',
      '192.0.2.4',
      '192.0.2.4',
    ].join('\n')
    expect(faults(text)).toEqual([
      "2: expected a prefix length of 0 to 32 after '/', got '40'",
      "3: expected a time to come such as 2030-01-31T12:00:00Z, a length such as 1d, or nothing, got 'yesterday'",
      "4: expected a time to come such as 2030-01-31T12:00:00Z, a length such as 1d, or nothing, got '2020-01-01T00:00:00Z'",
      '5: expected at most 3 columns (cidr, until, comment), got 4',
      '7: 192.0.2.4 stands in line 6 already',
    ])
    expect(read(text).entries.map(({ line }) => line)).toEqual([6])
  })

  test('the line of a fault behind a comment of several lines is that of the file', () => {
    expect(faults('192.0.2.1,,"one\ntwo"\nnowhere')).toEqual(["3: 'nowhere' is a name; expected an address, for names may change"])
  })

  test('a quotation mark that is never closed is a fault where it is opened', () => {
    expect(faults('192.0.2.1\n192.0.2.2,,"office\n192.0.2.3')).toEqual(['2: a quotation mark is opened here and never closed'])
  })

  test('a comment that the daemon would not take is a fault', () => {
    expect(faults(`192.0.2.1,,${'x'.repeat(201)}`)).toEqual(['1: expected a comment of at most 200 characters, got 201'])
  })

  test('nothing is no fault', () => {
    expect(read('')).toEqual({ entries: [], faults: [] })
  })
})
