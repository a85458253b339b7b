import { expect, test } from 'vitest'
import { userOf } from '../src/user-name.ts'

test('a user is named with the domain where there is one', () => {
  expect(userOf({ user: '1001', domain: 'example.com' })).toBe('1001@example.com')
  expect(userOf({ user: '1001', domain: null })).toBe('1001')
  expect(userOf({ user: '1001', domain: '' })).toBe('1001')
})

test('without a user there is no name', () => {
  expect(userOf({ user: null, domain: 'example.com' })).toBeNull()
  expect(userOf({ user: '', domain: 'example.com' })).toBeNull()
})

test('long names are shortened, and different ones stay different', () => {
  const name = (end: string) => userOf({ user: 'x'.repeat(1000) + end, domain: 'example.com' })
  expect(name('a')).toMatch(/^x{32}#[0-9a-f]{24}$/)
  expect(name('a')).not.toBe(name('b'))
  expect(userOf({ user: 'x'.repeat(64), domain: null })).toBe('x'.repeat(64))
})
