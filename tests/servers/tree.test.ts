import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTree } from '../../src/servers/tree.ts'

const root = mkdtempSync(join(tmpdir(), 'sipguard-tree-'))
afterAll(() => rmSync(root, { recursive: true }))
mkdirSync(join(root, 'etc/a'), { recursive: true })
writeFileSync(join(root, 'etc/a/two.conf'), 'two')
writeFileSync(join(root, 'etc/a/one.conf'), 'one')
const tree = createTree(root)

test('paths are those below the root', () => {
  expect(tree.glob('/etc/*/*.conf')).toEqual(['/etc/a/one.conf', '/etc/a/two.conf'])
  expect(tree.read('/etc/a/one.conf')).toBe('one')
  expect(tree.facts('/etc/a/one.conf')?.size).toBe(3)
  expect(tree.tail('/etc/a/one.conf', 2).toString()).toBe('ne')
})

test('what is not there is null, and what cannot be read is an error with the reason', () => {
  expect([tree.read('/etc/b'), tree.read('/etc/a/one.conf/x'), tree.facts('/etc/a')]).toEqual([null, null, null])
  expect(() => tree.read('/etc/a')).toThrow(
    expect.objectContaining({ code: 'SOURCE_UNREADABLE', message: 'cannot read /etc/a: it is no regular file' }),
  )
  expect(() => tree.tail('/etc/b', 1)).toThrow('cannot read /etc/b: ENOENT')
})

test('a file that is larger than any configuration is not read', () => {
  writeFileSync(join(root, 'etc/large'), Buffer.alloc(9 * 1024 * 1024))
  expect(() => tree.read('/etc/large')).toThrow('cannot read /etc/large: it is larger than 8 MiB')
})
