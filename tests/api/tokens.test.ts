import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTokens } from '../../src/api/tokens.ts'
import { SipguardError } from '../../src/errors.ts'
import { openMemory } from '../../src/state/index.ts'

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
const HASH_OF_ONE = createHash('sha256').update(ONE).digest('hex')
const tokensOf = (file: string | null) => createTokens({ state: openMemory(), entries: [], file })

describe('the file of tokens', () => {
  test('has one a line, an admin’s; comments and empty lines are none', () => {
    const tokens = tokensOf(file(`# of the console\r\n${ONE}\r\n\n  ${TWO}\n`))
    expect(tokens.find(ONE)).toMatchObject({ name: 'tokenfile:2', role: 'admin', addedMs: null })
    expect(tokens.find(TWO)).toMatchObject({ name: 'tokenfile:4', role: 'admin' })
    expect(tokens.find('#')).toBeNull()
  })
  test('may say the role and the name, and the SHA-256 in place of a token', () => {
    const tokens = tokensOf(file(`sha256:${HASH_OF_ONE} reader grafana\n${TWO}\treader\n`))
    expect(tokens.find(ONE)).toEqual({ name: 'tokenfile:grafana', role: 'reader', hash: HASH_OF_ONE, addedMs: null })
    expect(tokens.find(TWO)).toMatchObject({ name: 'tokenfile:2', role: 'reader' })
    expect(tokens.find(HASH_OF_ONE)).toBeNull()
    expect(tokens.find(`sha256:${HASH_OF_ONE}`)).toBeNull()
  })
  test.each(['', ' ', `${ONE}x`, ONE.slice(1), `${ONE} ${ONE}`, ONE.toUpperCase()])('the text %j is none of them', (text) => {
    expect(tokensOf(file(`${ONE}\n`)).find(text)).toBeNull()
  })
  test('need not be there', () => {
    expect(tokensOf(null).find('')).toBeNull()
    expect(tokensOf(null).list()).toEqual([])
  })
  test('with what is no token is refused by its place, and nothing of it is repeated', () => {
    const lines = ['# console', 'short', ONE, 'has spaces in it', `${TWO} ${TWO}`, `${TWO} reader a b`, `${TWO} admin x`, `${TWO} admin x`]
    const path = file(`${lines.join('\n')}\nsha256:${HASH_OF_ONE.slice(1)}\n`)
    const token = 'expected a token: 20 to 512 letters, digits, and . _ ~ + / -'
    const faults = [
      ...[`2:1: ${token}`, `4:1: ${token}`, '5:1: expected admin or reader behind the token'],
      ...['6:1: expected one name behind the role: letters, digits, and . _ -', '8:1: expected a name of its own for each token'],
      `9:1: ${token}`,
    ]
    expect(() => tokensOf(path)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: faults.map((fault) => `${path}:${fault}`).join('\n') }),
    )
  })
  test('without any token is refused', () => {
    const path = file('# none yet\n')
    expect(() => tokensOf(path)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: `${path}:1:1: expected at least one token, one a line, got none` }),
    )
  })
  test.each([0o644, 0o604, 0o602, 0o620, 0o660, 0o601])('of mode %o is refused: others could read or write it', (mode) => {
    const path = file(ONE, mode)
    expect(() => tokensOf(path)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: `${path}:1:1: others may read or write the tokens (mode 0${mode.toString(8)}): chmod 0600 it`,
      }),
    )
  })
  test('may be read by its group', () => {
    expect(tokensOf(file(ONE, 0o640)).find(ONE)).not.toBeNull()
  })
  test('that is not there is named', () => {
    expect(() => tokensOf(join(dir, 'nosuch'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE', message: expect.stringContaining(join(dir, 'nosuch')) }),
    )
  })
})

describe('a token that is made', () => {
  test('is long, known at once and after a restart, and kept as a hash only', async () => {
    const state = openMemory()
    const token = await createTokens({ state, entries: [], file: null, now: () => 5 }).add('laptop', 'reader')
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const { tokens: entries } = await state.load()
    expect(JSON.stringify(entries)).not.toContain(token)
    const after = createTokens({ state, entries, file: null })
    expect(after.find(token)).toEqual({
      name: 'laptop',
      role: 'reader',
      hash: createHash('sha256').update(token).digest('hex'),
      addedMs: 5,
    })
  })
  test('is not made again under the same name', async () => {
    const tokens = tokensOf(null)
    const token = await tokens.add('laptop', 'reader')
    await expect(tokens.add('laptop', 'admin')).rejects.toMatchObject({
      code: 'DAEMON_REFUSED',
      message: "there is a token 'laptop' already: remove it first",
    })
    expect(tokens.find(token)?.role).toBe('reader')
  })
  test('is refused once it is removed, and its name is free', async () => {
    const tokens = tokensOf(null)
    const token = await tokens.add('laptop', 'admin')
    expect(await tokens.remove('laptop')).toBe(true)
    expect(tokens.find(token)).toBeNull()
    expect(await tokens.remove('laptop')).toBe(false)
    expect(await tokens.add('laptop', 'reader')).not.toBe(token)
  })
  test('is none where it cannot be kept', async () => {
    const fails = async () => {
      throw new SipguardError('STATE_UNUSABLE', 'full')
    }
    const tokens = createTokens({ state: { addToken: fails, removeToken: fails }, entries: [], file: null })
    await expect(tokens.add('laptop', 'admin')).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
    expect(tokens.list()).toEqual([])
  })
  test('stands in one list, by name, with those of the file, which are removed there', async () => {
    const tokens = tokensOf(file(`${ONE} reader grafana\n`))
    for (const name of ['zoe', 'adam']) await tokens.add(name, 'admin')
    expect(tokens.list().map(({ name }) => name)).toEqual(['adam', 'tokenfile:grafana', 'zoe'])
    await expect(tokens.remove('tokenfile:grafana')).rejects.toMatchObject({
      code: 'DAEMON_REFUSED',
      message: 'tokenfile:grafana stands in the file of http.tokenfile: take it out there',
    })
    expect(tokens.find(ONE)).not.toBeNull()
  })
})
