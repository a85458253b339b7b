import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openInstallation, parseIni } from '../../src/import/ini.ts'
import { folder } from './folder.ts'

const read = (files: Record<string, string>, ...paths: string[]) => {
  const dir = folder(files)
  const merged = openInstallation(dir).read(paths)
  return (section: string, key: string) =>
    merged
      .get(section)
      ?.get(key)
      ?.map(({ text, place }) => `${place.replace(`${dir}/`, '')} ${text}`)
}

test('options are read as configparser reads them', () => {
  const sections = parseIni('f', '# c\n[A]\nKey = a ; comment\n  b\n\n  # not a line\n  c=d\nother: x;y\nempty =\n')
  expect(sections.get('A')).toEqual(
    new Map([
      [
        'key',
        [
          { text: 'a', place: 'f:3' },
          { text: 'b', place: 'f:4' },
          { text: 'c=d', place: 'f:7' },
        ],
      ],
      ['other', [{ text: 'x;y', place: 'f:8' }]],
      ['empty', []],
    ]),
  )
})

test.each([
  ['x = 1\n', 'f:1: expected a [section] first'],
  ['[A]\nwords\n', 'f:2: expected an option = value, a [section] or a comment'],
])('%j is refused with its place', (text, message) => {
  expect(() => parseIni('f', text)).toThrow(message)
})

test('includes stand before and after, and a .local over its file', () => {
  const value = read(
    {
      'a.conf': '[INCLUDES]\nbefore = b.conf\nafter = c.conf\n  gone.conf\n[S]\nfrom = a\nmiddle = a\n',
      'b.conf': '[S]\nfrom = b\nfirst = b\n',
      'b.local': '[S]\nfirst = b local\n',
      'c.conf': '[S]\nmiddle = c\n',
    },
    'a.conf',
  )
  expect(['from', 'first', 'middle'].map((key) => value('S', key))).toEqual([['a.conf:6 a'], ['b.local:2 b local'], ['c.conf:2 c']])
})

test('known is the value before this file, and lines taken over keep their place', () => {
  const value = read(
    { 'a.conf': '[S]\nx = one\n  two\n', 'a.local': '[S]\nx = %(known/x)s\n  three\ny = (%(known/x)s)\n' },
    'a.conf',
    'a.local',
  )
  expect(value('S', 'x')).toEqual(['a.conf:2 one', 'a.conf:3 two', 'a.local:3 three'])
  expect(value('S', 'y')).toEqual(['a.local:4 (one\ntwo)'])
})

test('an include that comes back to its file is an error', () => {
  const files = { 'a.conf': '[INCLUDES]\nbefore = b.conf\n', 'b.conf': '[INCLUDES]\nafter = a.conf\n' }
  expect(() => read(files, 'a.conf')).toThrow(/b\.conf:2: .*a\.conf includes itself$/)
})

test('nothing outside of the folder is read, by a path or by a link', () => {
  const outside = folder({ 'secret.conf': '[S]\nx = secret\n' })
  expect(() => read({ 'a.conf': `[INCLUDES]\nbefore = ${outside}/secret.conf\n` }, 'a.conf')).toThrow(
    /a\.conf:2: .*secret\.conf lies outside of /,
  )
  const dir = folder({ 'a.conf': '[INCLUDES]\nbefore = link.conf\n' })
  symlinkSync(join(outside, 'secret.conf'), join(dir, 'link.conf'))
  expect(() => openInstallation(dir).read(['a.conf'])).toThrow(/a\.conf:2: .*link\.conf lies outside of /)
})

test('values that double with each file are an error, not a full memory', () => {
  const doubling = `[S]\nx = ${'%(known/x)s '.repeat(2)}\n`
  const names = Array.from({ length: 30 }, (_, i) => `f${i}.conf`)
  const files = { 'a.conf': `[S]\nx = ${'y'.repeat(100)}\n`, ...Object.fromEntries(names.map((name) => [name, doubling])) }
  expect(() => read(files, 'a.conf', ...names)).toThrow(/:2: a value that grows without end$/)
})

test('a folder that is not there is an error', () => {
  expect(() => openInstallation('/nowhere/fail2ban')).toThrow('cannot read /nowhere/fail2ban: ')
})
