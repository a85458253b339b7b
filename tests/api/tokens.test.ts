import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTokens } from '../../src/api/tokens.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-tokens-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

function file(content: string, mode = 0o600): string {
  const path = join(dir, 'tokens')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}
const ONE = 'abcdefghijklmnopqrst'
const TWO = 'ZYXWVUTSRQPONMLKJIHG_~./+-=='

test('each line is a token; comments and empty lines are none', () => {
  const tokens = readTokens(file(`# of the console\r\n${ONE}\r\n\n  ${TWO}\n`))
  expect(tokens.accepts(`Bearer ${ONE}`)).toBe(true)
  expect(tokens.accepts(`bearer  ${TWO}`)).toBe(true)
  expect(tokens.accepts('Bearer #')).toBe(false)
})
test.each([undefined, '', 'Bearer', 'Bearer ', `Basic ${ONE}`, ONE, `Bearer ${ONE}x`, `Bearer ${ONE.slice(1)}`, `Bearer ${ONE} ${ONE}`])(
  'the header %j carries none',
  (header) => {
    expect(readTokens(file(`${ONE}\n`)).accepts(header)).toBe(false)
  },
)
test('without a file there are none', () => {
  expect(readTokens(null).accepts('Bearer ')).toBe(false)
  expect(readTokens(null).accepts(undefined)).toBe(false)
})
test('what is no token is told by its place, and never repeated', () => {
  const path = file(`# console\nshort\n${ONE}\nhas spaces in it, and a comma\n`)
  expect(() => readTokens(path)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: [2, 4].map((line) => `${path}:${line}:1: expected a token: 20 to 512 letters, digits, and . _ ~ + / -`).join('\n'),
    }),
  )
})
test('a file without any token is refused', () => {
  const path = file('# none yet\n')
  expect(() => readTokens(path)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: `${path}:1:1: expected at least one token, one a line, got none` }),
  )
})
test.each([0o644, 0o604, 0o602, 0o620, 0o660, 0o601])('mode %o is refused: others could read or write it', (mode) => {
  const path = file(ONE, mode)
  expect(() => readTokens(path)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: `${path}:1:1: others may read or write the tokens (mode 0${mode.toString(8)}): chmod 0600 it`,
    }),
  )
})
test('its group may read it', () => {
  expect(readTokens(file(ONE, 0o640)).accepts(`Bearer ${ONE}`)).toBe(true)
})
test('a file that is not there is named', () => {
  expect(() => readTokens(join(dir, 'nosuch'))).toThrow(
    expect.objectContaining({ code: 'CONFIG_UNREADABLE', message: expect.stringContaining(join(dir, 'nosuch')) }),
  )
})
